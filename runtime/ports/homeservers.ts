/** What an identity server asks of homeservers, and tells them. */

import type { JsonObject } from "../protocol/canonical-json.js";

/** Whose OpenID token it is. */
export type UserinfoAnswer =
  /** The user is one of the server that was asked. */
  | { readonly outcome: "answered"; readonly mxid: string }
  /** The server does not know the token, or names a user of another server: nobody was proven. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** There was no answer that could be understood, in time and within its size. The reason is for the log. */
  | { readonly outcome: "unreachable"; readonly reason: string };

/** What became of a notice. */
export type OnbindAnswer =
  | { readonly outcome: "taken" }
  /** The homeserver does not want it, or knows no such notices; repeating it would change nothing. */
  | { readonly outcome: "refused"; readonly status: number }
  /** To be repeated, and not before the time that the homeserver asked for. The reason is for the log. */
  | { readonly outcome: "unreachable"; readonly reason: string; readonly retryAfterMs?: number | undefined };

export interface Homeservers {
  /** Exchanges an OpenID token with the homeserver that is said to have issued it. */
  userinfo(serverName: string, openidToken: string, signal?: AbortSignal): Promise<UserinfoAnswer>;
  /** Tells the homeserver of a user that an address was bound to them: the signed association, with its invites. */
  onbind(serverName: string, association: JsonObject, signal?: AbortSignal): Promise<OnbindAnswer>;
}

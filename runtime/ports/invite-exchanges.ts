/** What a homeserver asks of the one that has the room of an invite by address. */

import type { JsonObject } from "../protocol/canonical-json.js";

/** A partial `m.room.member` event, for the room's server to complete. */
export interface ExchangedInvite {
  readonly roomId: string;
  /** Who invited the address. */
  readonly sender: string;
  /** Whose address it is. */
  readonly mxid: string;
  /** The block that an identity server signed, with its signatures. */
  readonly signed: JsonObject;
}

export type ExchangeAnswer =
  /** The room's server has issued the invite. */
  | { readonly outcome: "issued" }
  /** It will not; asking again would change nothing. */
  | { readonly outcome: "refused"; readonly status: number; readonly errcode: string }
  /** There was no answer that could be understood, in time. The reason is for the log. */
  | { readonly outcome: "unreachable"; readonly reason: string };

export interface InviteExchanges {
  /** Asks a homeserver to issue the invite, signed as the homeserver of the invited user. */
  exchange(serverName: string, invite: ExchangedInvite, signal?: AbortSignal): Promise<ExchangeAnswer>;
}

/** What a homeserver asks of identity servers. */

import type { InviteKey } from "../protocol/third-party-invite.js";
import type { Medium, Threepid } from "../protocol/threepid.js";
import type { RoomDescription } from "./rooms.js";
import type { Wording } from "./wording.js";

/** One identity server, and the client's access token for it when the client gave one: its version 2 is used then. */
export interface IdentityServer {
  /** Host and port as in `id_server`, without scheme; see `identityServerName`. */
  readonly name: string;
  readonly accessToken?: string | undefined;
}

export type IdentityServerAnswer<Value> =
  | { readonly outcome: "answered"; readonly value: Value }
  /** The identity server said no, in a Matrix error. */
  | {
      readonly outcome: "refused";
      readonly status: number;
      readonly errcode: string;
      readonly error: string;
      readonly retryAfterMs?: number | undefined;
    }
  /** It answered, but neither success nor a Matrix error: it does not know the operation. */
  | { readonly outcome: "unsupported"; readonly status: number }
  /** There was no answer that could be understood, in time and within its size. The reason is for the log. */
  | { readonly outcome: "unreachable"; readonly reason: string };

export interface RemoteSession {
  readonly sid: string;
  readonly clientSecret: string;
}

/** What a `requestToken` says, whatever the address. */
export interface RemoteTokenRequest {
  readonly clientSecret: string;
  readonly sendAttempt: number;
  readonly nextLink?: string | undefined;
  /** Its language is handed on. */
  readonly wording?: Wording | undefined;
}

export interface RemoteEmailRequest extends RemoteTokenRequest {
  readonly email: string;
}

export interface RemoteMsisdnRequest extends RemoteTokenRequest {
  readonly country: string;
  readonly phoneNumber: string;
}

/** What a `requestToken` answers; identity servers add how they understood a phone number. */
export interface RemoteToken {
  readonly sid: string;
  readonly msisdn?: string | undefined;
  readonly intlFmt?: string | undefined;
}

export interface RemoteSubmittedToken extends RemoteSession {
  readonly token: string;
}

/** Whether the token was right. Servers that tell a failure with status 200 put its code beside it. */
export interface RemoteSubmission {
  readonly success: boolean;
  readonly errcode?: string | undefined;
  readonly error?: string | undefined;
}

/** A threepid as the identity server names it: not yet canonical here. */
export interface RemoteValidation extends RemoteThreepid {
  /** Milliseconds since 1970. */
  readonly validatedAt: number;
}

export interface RemoteThreepid {
  readonly medium: string;
  readonly address: string;
}

/** An invite for somebody whom the identity server does not know yet. */
export interface RemoteInvite extends Threepid {
  readonly roomId: string;
  readonly sender: string;
  readonly room: RoomDescription;
}

export type RemoteStoredInvite =
  | {
      readonly outcome: "stored";
      readonly token: string;
      /** Stands for the address where everybody in the room reads it. */
      readonly displayName: string;
      /** At least one: the server's own first, each with the URL that says whether it is valid. */
      readonly keys: readonly InviteKey[];
    }
  /** Somebody bound the address meanwhile. */
  | { readonly outcome: "in-use"; readonly mxid: string };

export interface IdentityServers {
  requestEmailToken(server: IdentityServer, request: RemoteEmailRequest): Promise<IdentityServerAnswer<RemoteToken>>;

  requestMsisdnToken(server: IdentityServer, request: RemoteMsisdnRequest): Promise<IdentityServerAnswer<RemoteToken>>;

  submitToken(
    server: IdentityServer,
    medium: Medium,
    submitted: RemoteSubmittedToken,
  ): Promise<IdentityServerAnswer<RemoteSubmission>>;

  getValidated3pid(server: IdentityServer, session: RemoteSession): Promise<IdentityServerAnswer<RemoteValidation>>;

  /** Publishes the session's threepid as the user's. */
  bind(server: IdentityServer, session: RemoteSession, mxid: string): Promise<IdentityServerAnswer<RemoteThreepid>>;

  /** Takes the association back, signed as the homeserver the user belongs to. */
  unbind(
    server: IdentityServer,
    threepid: Threepid,
    mxid: string,
    signal?: AbortSignal,
  ): Promise<IdentityServerAnswer<void>>;

  /** The user whom the threepid is bound to, if there is one: asked by hash over version 2. */
  lookup(server: IdentityServer, threepid: Threepid): Promise<IdentityServerAnswer<string | undefined>>;

  /** Has an invite kept until its address is bound, and mailed. */
  storeInvite(server: IdentityServer, invite: RemoteInvite): Promise<IdentityServerAnswer<RemoteStoredInvite>>;

  /** The ed25519 key (base64) that the server of this name publishes under the key ID. `refused` when it has none. */
  publicKey(name: string, keyId: string): Promise<IdentityServerAnswer<string>>;
}

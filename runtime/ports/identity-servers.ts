/** What a homeserver asks of identity servers. */

import type { Medium, Threepid } from "../protocol/threepid.js";
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

export interface RemoteEmailRequest {
  readonly clientSecret: string;
  readonly email: string;
  readonly sendAttempt: number;
  readonly nextLink?: string | undefined;
  /** Its language is handed on. */
  readonly wording?: Wording | undefined;
}

export interface RemoteMsisdnRequest {
  readonly clientSecret: string;
  readonly country: string;
  readonly phoneNumber: string;
  readonly sendAttempt: number;
  readonly nextLink?: string | undefined;
  /** Its language is handed on. */
  readonly wording?: Wording | undefined;
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
}

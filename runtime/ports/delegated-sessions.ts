/** Validation sessions that an identity server keeps, begun through this homeserver. */

import type { Medium } from "../protocol/threepid.js";

export interface DelegatedSession {
  readonly medium: Medium;
  readonly sid: string;
  /** `tokenHash` of the client_secret: only who knows the secret has the session's token passed on. */
  readonly secretHash: string;
}

export interface Keeper {
  /** The identity server's name as in `id_server`, without scheme. */
  readonly idServer: string;
  /** The access token that the session was begun with, sealed under the client_secret; absent where there was none. */
  readonly sealedToken: string | undefined;
}

export interface DelegatedSessions {
  /** Remembers where the session is kept. Recording it again is no error: the last word counts. */
  record(session: DelegatedSession, keeper: Keeper, at: number): Promise<void>;
  keeperOf(session: DelegatedSession): Promise<Keeper | undefined>;
  /** Forgets what was recorded before, at most `limit` rows; answers how many. */
  dropRecordedBefore(ts: number, limit: number): Promise<number>;
}

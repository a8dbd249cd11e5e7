/** Validation sessions that an identity server keeps, begun through this homeserver. */

import type { Medium } from "../protocol/threepid.js";

export interface DelegatedSession {
  readonly medium: Medium;
  readonly sid: string;
  /** `tokenHash` of the client_secret: only who knows the secret has the session's token passed on. */
  readonly secretHash: string;
}

export interface DelegatedSessions {
  /** Remembers where the session is kept. Recording it again is no error. */
  record(session: DelegatedSession, idServer: string, at: number): Promise<void>;
  /** The identity server that keeps the session. */
  keeperOf(session: DelegatedSession): Promise<string | undefined>;
  /** Forgets what was recorded before, at most `limit` rows; answers how many. */
  dropRecordedBefore(ts: number, limit: number): Promise<number>;
}

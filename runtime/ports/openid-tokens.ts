/** OpenID tokens, known only by their SHA-256 (`tokenHash`): each proves who a user is until it ends, and opens nothing. */

export interface OpenIdTokens {
  /** Times are milliseconds since 1970. */
  add(hash: string, mxid: string, expiresAt: number): Promise<void>;
  /** The user that the token was made for; undefined when there is none, or it has ended by now. */
  ownerOf(hash: string, now: number): Promise<string | undefined>;
  /** Forgets tokens that ended before, at most `limit` of them; answers how many. */
  dropExpiredBefore(ts: number, limit: number): Promise<number>;
}

/** Who holds which access token of the identity service. Tokens are known only by their SHA-256 (`tokenHash`). */

export interface AccessTokens {
  /**
   * Records a token of this user, and forgets all but the newest `most` that the user then has, in one step; keeps them
   * all without a number. Times are milliseconds since 1970.
   */
  add(hash: string, mxid: string, createdAt: number, most?: number): Promise<void>;
  /** The mxid that the token was issued to; after a time (ms), where one is given: older ones are not known. */
  ownerOf(hash: string, after?: number): string | undefined | Promise<string | undefined>;
  /** Forgets a token. Answers whether it stood. */
  remove(hash: string): Promise<boolean>;
  /** Forgets tokens that were issued at or before the time (ms), at most `limit` of them; answers how many. */
  dropIssued(until: number, limit: number): Promise<number>;
}

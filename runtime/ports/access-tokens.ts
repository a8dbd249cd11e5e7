/** Who holds which access token of the identity service. Tokens are known only by their SHA-256 (`tokenHash`). */

export interface AccessTokens {
  /**
   * Records a token of this user, and forgets all but the newest `most` that the user then has, in one step; keeps them
   * all without a number. Times are milliseconds since 1970.
   */
  add(hash: string, mxid: string, createdAt: number, most?: number): Promise<void>;
  /** The mxid that the token was issued to. */
  ownerOf(hash: string): Promise<string | undefined>;
  /** Forgets a token. Answers whether it stood. */
  remove(hash: string): Promise<boolean>;
}

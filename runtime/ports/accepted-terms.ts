/** Which documents each user has agreed to, by their URLs. */

export interface AcceptedTerms {
  /** Adds to what the user accepted before. Times are milliseconds since 1970. */
  accept(mxid: string, urls: readonly string[], at: number): Promise<void>;
  /** Everything the user ever accepted. */
  acceptedBy(mxid: string): Promise<ReadonlySet<string>>;
}

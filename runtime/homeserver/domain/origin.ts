/** The server that a request says it is from. */
export interface Origin {
  readonly name: string;
  /** Its keys may have to be fetched, from wherever that name leads. Throws M_UNAUTHORIZED unless it signed the request. */
  verify(): Promise<void>;
}

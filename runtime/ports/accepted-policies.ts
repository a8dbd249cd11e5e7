/** Which documents the owner of an account accepted at registration, each in the edition that was shown. */

export interface AcceptedPolicy {
  /** By the name that the operator has for it. */
  readonly policy: string;
  readonly version: string;
}

export interface AcceptedPolicies {
  /** Adds to what the account accepted before. Times are milliseconds since 1970. */
  record(mxid: string, accepted: readonly AcceptedPolicy[], at: number): Promise<void>;

  /** Everything that the account accepted, by name. */
  list(mxid: string): Promise<readonly (AcceptedPolicy & { readonly acceptedAt: number })[]>;

  /** Of an account that is to be forgotten as far as that can be. */
  forget(mxid: string): Promise<void>;
}

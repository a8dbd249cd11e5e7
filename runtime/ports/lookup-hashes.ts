/** Associations as lookups find them: by the hash of the address under the current pepper. */

/** A user whose address has this hash (32 bytes). */
export interface HashedUser {
  readonly hash: Uint8Array;
  readonly mxid: string;
}

export interface LookupHashes {
  /**
   * Begins with this pepper, and hashes every association under it, where there is no pepper yet. It does so in batches:
   * when it is cut off, the next call goes on where this one was, with the pepper of this one.
   */
  establish(pepper: string, now: number): Promise<void>;
  /** The pepper that clients hash with. */
  pepper(): string | Promise<string>;
  /** The users behind those of the hashes that anybody's address has; undefined when this pepper is not, or no longer, current. */
  find(pepper: string, hashes: readonly Uint8Array[]): Promise<readonly HashedUser[] | undefined>;
}

/** Associations as lookups find them: by the hash of the address under the current pepper. */

export interface LookupHashes {
  /**
   * Begins with this pepper, and hashes every association under it, where there is no pepper yet. It does so in batches:
   * when it is cut off, the next call goes on where this one was, with the pepper of this one.
   */
  establish(pepper: string, now: number): Promise<void>;
  /** The pepper that clients hash with. */
  pepper(): string | Promise<string>;
  /**
   * For each hash (32 bytes), in the order asked, the mxid whose address has it; undefined as a whole when this pepper is
   * not, or no longer, current.
   */
  mxidsOf(pepper: string, hashes: readonly Uint8Array[]): Promise<readonly (string | undefined)[] | undefined>;
}

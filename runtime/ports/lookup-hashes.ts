/** Associations as lookups find them: by the hash of the address under the current pepper. */

export interface LookupHashes {
  /** Begins with this pepper, and hashes every association under it, where there is no pepper yet. */
  establish(pepper: string, now: number): Promise<void>;
  /** The pepper that clients hash with. */
  pepper(): Promise<string>;
  /**
   * For each hash (32 bytes), in the order asked, the mxid whose address has it under this pepper. None is found
   * under a pepper that is not, or no longer, current.
   */
  mxidsOf(pepper: string, hashes: readonly Uint8Array[]): Promise<readonly (string | undefined)[]>;
}

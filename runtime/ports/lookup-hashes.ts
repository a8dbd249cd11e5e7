/** Associations as lookups find them: by the hash of the address under the current pepper. */

import type { Logger } from "./logger.js";
import type { Random } from "./random.js";

/** How the hashes may be held in memory. */
export interface Holding {
  /** They are not held when all of them take more than this (bytes). */
  readonly limitBytes: number;
  readonly random: Random;
  /** Told when they could not be read. */
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

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
  /**
   * Reads all hashes into memory beside other work, and holds them there, in step with whoever writes: what is answered is
   * the same, only sooner. Settles when the signal is aborted, or when they take too much.
   */
  hold(holding: Holding): Promise<void>;
}

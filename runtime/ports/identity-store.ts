/** Users whom the operator keeps elsewhere: a directory that lookups ask about what nobody has bound here. */

import type { Threepid } from "../protocol/threepid.js";

export interface IdentityStore {
  /** For each threepid (canonical), in the order asked, the mxid that it belongs to. Throws when it cannot be asked. */
  mxidsOf(threepids: readonly Threepid[]): Promise<readonly (string | undefined)[]>;
  /**
   * The same for hashes of addresses (SHA-256 under this pepper). Absent where the store cannot hash its addresses; it is
   * then asked by addresses that are named, and no other.
   */
  readonly mxidsOfHashes?:
    | ((pepper: string, hashes: readonly Uint8Array[]) => Promise<readonly (string | undefined)[]>)
    | undefined;
}

/** Users whom the operator keeps elsewhere: a directory that lookups ask about what nobody has bound here. */

import type { Threepid } from "../protocol/threepid.js";
import type { HashedUser } from "./lookup-hashes.js";

export interface IdentityStore {
  /** For each threepid (canonical), in the order asked, the mxid that it belongs to. Throws when it cannot be asked. */
  mxidsOf(threepids: readonly Threepid[]): Promise<readonly (string | undefined)[]>;
  /**
   * The users behind those of the hashes (SHA-256 under this pepper) that anybody's address has. Absent where the store
   * cannot hash its addresses; it is then asked by addresses that are named, and no other. Throws as above.
   */
  readonly usersOf?: ((pepper: string, hashes: readonly Uint8Array[]) => Promise<readonly HashedUser[]>) | undefined;
}

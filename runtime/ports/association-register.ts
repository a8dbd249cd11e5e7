/** All associations, for whoever runs the server: nothing that requests need. */

import type { Threepid } from "../protocol/threepid.js";
import type { SignedAssociation } from "./associations.js";

export interface AssociationRegister {
  /** At most `limit` associations in the order of their threepids, from the one after `after` on; of one user alone where one is named. */
  page(after: Threepid | undefined, limit: number, mxid?: string): Promise<readonly SignedAssociation[]>;
}

/** Associations in order, page by page, so that no list of them need fit into memory. */

import type { AssociationRegister } from "../../ports/association-register.js";
import type { SqliteConnection } from "./connection.js";
import { type AssociationRow, associationOf } from "./identity-associations.js";

export const sqliteAssociationRegister = ({ database }: SqliteConnection): AssociationRegister => {
  const select = database.prepare<[string, string, number], AssociationRow>(
    "SELECT * FROM associations WHERE (medium, address) > (?, ?) ORDER BY medium, address LIMIT ?",
  );
  // Read from end to end: an index for operators alone would cost every bind.
  const selectOf = database.prepare<[string, string, string, number], AssociationRow>(
    "SELECT * FROM associations WHERE (medium, address) > (?, ?) AND mxid = ? ORDER BY medium, address LIMIT ?",
  );
  return {
    page: async (after, limit, mxid) => {
      const from = [after?.medium ?? "", after?.address ?? ""] as const;
      return (mxid === undefined ? select.all(...from, limit) : selectOf.all(...from, mxid, limit)).map(associationOf);
    },
  };
};

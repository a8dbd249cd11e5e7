/** Accounts in order, page by page, so that no list of them need fit into memory. */

import type { AccountRegister } from "../../ports/account-register.js";
import type { SqliteConnection } from "./connection.js";
import { type AccountRow, stateOf } from "./homeserver-accounts.js";

interface RegisterRow extends AccountRow {
  readonly created_at: number;
}

export const sqliteAccountRegister = ({ database }: SqliteConnection): AccountRegister => {
  const select = database.prepare<[string, number], RegisterRow>(
    "SELECT mxid, kind, deactivated_at, locked, created_at FROM accounts WHERE mxid > ? ORDER BY mxid LIMIT ?",
  );
  return {
    page: async (after, limit) =>
      select.all(after ?? "", limit).map((row) => ({
        mxid: row.mxid,
        kind: row.kind,
        state: stateOf(row),
        createdAt: row.created_at,
      })),
  };
};

/** Accounts in order, page by page, so that no list of them need fit into memory. */

import type { AccountRegister, RegisteredAccount } from "../../ports/account-register.js";
import type { SqliteConnection } from "./connection.js";
import { type AccountRow, stateOf } from "./homeserver-accounts.js";

interface RegisterRow extends AccountRow {
  readonly created_at: number;
}

const accountOf = (row: RegisterRow): RegisteredAccount => ({
  mxid: row.mxid,
  kind: row.kind,
  state: stateOf(row),
  createdAt: row.created_at,
});

const columns = "mxid, kind, deactivated_at, locked, created_at";

export const sqliteAccountRegister = ({ database }: SqliteConnection): AccountRegister => {
  const select = database.prepare<[string, number], RegisterRow>(
    `SELECT ${columns} FROM accounts WHERE mxid > ? ORDER BY mxid LIMIT ?`,
  );
  const selectOne = database.prepare<[string], RegisterRow>(`SELECT ${columns} FROM accounts WHERE mxid = ?`);
  return {
    page: async (after, limit) => select.all(after ?? "", limit).map(accountOf),
    find: async (mxid) => {
      const row = selectOne.get(mxid);
      return row === undefined ? undefined : accountOf(row);
    },
  };
};

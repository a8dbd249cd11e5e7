/** The threepids of accounts, and where they were bound, in SQLite. */

import type { AccountThreepid } from "../../ports/accounts.js";
import type { AccountThreepids, Binding } from "../../ports/threepids.js";
import type { Medium } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";

interface ThreepidRow {
  readonly medium: Medium;
  readonly address: string;
  readonly validated_at: number;
  readonly added_at: number;
}

interface BindingRow {
  readonly mxid: string;
  readonly medium: Medium;
  readonly address: string;
  readonly id_server: string;
}

const threepidOf = ({ medium, address, validated_at, added_at }: ThreepidRow): AccountThreepid => ({
  medium,
  address,
  validatedAt: validated_at,
  addedAt: added_at,
});

const bindingOf = ({ mxid, medium, address, id_server }: BindingRow): Binding => ({
  mxid,
  medium,
  address,
  idServer: id_server,
});

export const sqliteAccountThreepids = ({ database, transaction }: SqliteConnection): AccountThreepids => {
  const selectOwner = database
    .prepare<[string, string], string>("SELECT mxid FROM account_threepids WHERE medium = ? AND address = ?")
    .pluck();
  const selectAll = database.prepare<[string], ThreepidRow>(
    `SELECT medium, address, validated_at, added_at FROM account_threepids
     WHERE mxid = ? ORDER BY added_at, medium, address`,
  );
  const insert = database.prepare<[string, string, number, number, string]>(
    `INSERT INTO account_threepids (medium, address, mxid, validated_at, added_at)
     SELECT ?, ?, mxid, ?, ? FROM accounts WHERE mxid = ? AND deactivated_at IS NULL`,
  );
  const erase = database.prepare<[string, string, string]>(
    "DELETE FROM account_threepids WHERE mxid = ? AND medium = ? AND address = ?",
  );
  // A binding that is answered for after its account was closed has nobody left to be recorded for.
  const insertBinding = database.prepare<[string, string, string, string]>(
    `INSERT OR IGNORE INTO account_bindings (medium, address, id_server, mxid)
     SELECT ?, ?, ?, mxid FROM accounts WHERE mxid = ? AND deactivated_at IS NULL`,
  );
  const eraseBinding = database.prepare<[string, string, string, string]>(
    "DELETE FROM account_bindings WHERE mxid = ? AND medium = ? AND address = ? AND id_server = ?",
  );
  const selectBindings = database.prepare<[string], BindingRow>(
    "SELECT mxid, medium, address, id_server FROM account_bindings WHERE mxid = ? ORDER BY medium, address, id_server",
  );

  return {
    ownerOf: async ({ medium, address }) => selectOwner.get(medium, address),
    list: async (mxid) => selectAll.all(mxid).map(threepidOf),
    add: async (mxid, { medium, address, validatedAt, addedAt }) =>
      transaction(() => {
        const owner = selectOwner.get(medium, address);
        if (owner !== undefined) return owner === mxid ? "present" : "taken";
        return insert.run(medium, address, validatedAt, addedAt, mxid).changes === 1 ? "added" : "gone";
      }),
    remove: async (mxid, { medium, address }) => {
      erase.run(mxid, medium, address);
    },
    recordBinding: async ({ mxid, medium, address, idServer }) =>
      insertBinding.run(medium, address, idServer, mxid).changes === 1,
    forgetBinding: async ({ mxid, medium, address, idServer }) => {
      eraseBinding.run(mxid, medium, address, idServer);
    },
    bindings: async (mxid) => selectBindings.all(mxid).map(bindingOf),
  };
};

/** The threepids of accounts in SQLite. */

import type { AccountStore, AccountThreepid } from "../../ports/account-store.js";
import type { Medium } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";

interface ThreepidRow {
  readonly medium: Medium;
  readonly address: string;
  readonly validated_at: number;
  readonly added_at: number;
}

const threepidOf = ({ medium, address, validated_at, added_at }: ThreepidRow): AccountThreepid => ({
  medium,
  address,
  validatedAt: validated_at,
  addedAt: added_at,
});

type ThreepidMembers = Pick<AccountStore, "ownerOf" | "threepids" | "addThreepid" | "removeThreepid">;

export const sqliteThreepids = ({ database, transaction }: SqliteConnection): ThreepidMembers => {
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
  return {
    ownerOf: async ({ medium, address }) => selectOwner.get(medium, address),
    threepids: async (mxid) => selectAll.all(mxid).map(threepidOf),
    addThreepid: async (mxid, { medium, address, validatedAt, addedAt }) =>
      transaction(() => {
        const owner = selectOwner.get(medium, address);
        if (owner !== undefined) return owner === mxid ? "present" : "taken";
        return insert.run(medium, address, validatedAt, addedAt, mxid).changes === 1 ? "added" : "gone";
      }),
    removeThreepid: async (mxid, { medium, address }) => {
      erase.run(mxid, medium, address);
    },
  };
};

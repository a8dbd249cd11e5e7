/** Accounts and their passwords in SQLite. */

import type { AccountKind, AccountRecord, AccountState, AccountStore } from "../../ports/account-store.js";
import type { SqliteConnection } from "./connection.js";
import { sessionSteps } from "./homeserver-sessions.js";
import { orRefuse, outcomeOf } from "./refusal.js";

export interface AccountRow {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly deactivated_at: number | null;
  readonly locked: number;
}

interface RecordRow extends AccountRow {
  readonly password_hash: string | null;
}

export const stateOf = ({ deactivated_at, locked }: AccountRow): AccountState => {
  if (deactivated_at !== null) return "deactivated";
  return locked === 1 ? "locked" : "active";
};

const recordOf = (row: RecordRow): AccountRecord => ({
  mxid: row.mxid,
  kind: row.kind,
  passwordHash: row.password_hash ?? undefined,
  state: stateOf(row),
});

type AccountMembers = Pick<
  AccountStore,
  "create" | "find" | "setLocked" | "deactivate" | "changePassword" | "renewPasswordHash"
>;

export const sqliteAccounts = (connection: SqliteConnection): AccountMembers => {
  const { database, transaction } = connection;
  const sessions = sessionSteps(connection);
  const insert = database.prepare<[string, string, string | null, number]>(
    "INSERT INTO accounts (mxid, kind, password_hash, created_at) VALUES (?, ?, ?, ?)",
  );
  const insertThreepid = database.prepare<[string, string, string, number, number]>(
    "INSERT INTO account_threepids (medium, address, mxid, validated_at, added_at) VALUES (?, ?, ?, ?, ?)",
  );
  const select = database.prepare<[string], RecordRow>(
    "SELECT mxid, kind, password_hash, deactivated_at, locked FROM accounts WHERE mxid = ?",
  );
  const lock = database.prepare<[number, string]>(
    "UPDATE accounts SET locked = ? WHERE mxid = ? AND deactivated_at IS NULL",
  );
  const updatePassword = database.prepare<[string, string]>(
    "UPDATE accounts SET password_hash = ? WHERE mxid = ? AND deactivated_at IS NULL",
  );
  const renewHash = database.prepare<[string, string, string]>(
    "UPDATE accounts SET password_hash = ? WHERE mxid = ? AND password_hash = ?",
  );
  const close = database.prepare<[number, string]>(
    "UPDATE accounts SET password_hash = NULL, deactivated_at = ? WHERE mxid = ? AND deactivated_at IS NULL",
  );
  const eraseThreepids = database.prepare<[string]>("DELETE FROM account_threepids WHERE mxid = ?");

  return {
    create: async ({ mxid, kind, passwordHash, createdAt, session, threepids }) =>
      outcomeOf(() =>
        transaction(() => {
          orRefuse("mxid-taken", () => insert.run(mxid, kind, passwordHash ?? null, createdAt));
          if (session !== undefined) sessions.open(mxid, session, createdAt);
          for (const { medium, address, validatedAt, addedAt } of threepids) {
            orRefuse("threepid-taken", () => insertThreepid.run(medium, address, mxid, validatedAt, addedAt));
          }
          return "created" as const;
        }),
      ),
    find: async (mxid) => {
      const row = select.get(mxid);
      return row === undefined ? undefined : recordOf(row);
    },
    setLocked: async (mxid, locked) => (lock.run(locked ? 1 : 0, mxid).changes === 1 ? "changed" : "gone"),
    deactivate: async (mxid, at) =>
      transaction(() => {
        if (close.run(at, mxid).changes !== 1) return "gone";
        sessions.removeOthers(mxid, []);
        eraseThreepids.run(mxid);
        return "deactivated";
      }),
    changePassword: async ({ mxid, passwordHash, keepDevices }) =>
      transaction(() => {
        if (updatePassword.run(passwordHash, mxid).changes !== 1) return "gone";
        if (keepDevices !== "all") sessions.removeOthers(mxid, keepDevices);
        return "changed";
      }),
    renewPasswordHash: async (mxid, from, to) => {
      renewHash.run(to, mxid, from);
    },
  };
};

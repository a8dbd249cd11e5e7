/** Accounts, devices and tokens in SQLite. Every authenticated request reads one token. */

import type { AccountKind, Accounts, NewAccount, TokenOwner } from "../../ports/accounts.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";
import { orRefuse, outcomeOf, Refusal, sqliteClaims } from "./homeserver-claims.js";

interface AccountRow {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly password_hash: string | null;
  readonly deactivated_at: number | null;
}

interface OwnerRow {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly device_id: string;
}

const ownerOf = ({ mxid, kind, device_id }: OwnerRow): TokenOwner => ({ mxid, kind, deviceId: device_id });

/** Creates an account with everything on it; called within a transaction. */
const accountInserts = ({ database }: SqliteConnection) => {
  const insertAccount = database.prepare<[string, string, string | null, number]>(
    "INSERT INTO accounts (mxid, kind, password_hash, created_at) VALUES (?, ?, ?, ?)",
  );
  const insertDevice = database.prepare<[string, string, string | null, number]>(
    "INSERT INTO devices (mxid, device_id, display_name, created_at) VALUES (?, ?, ?, ?)",
  );
  const insertToken = database.prepare<[string, string, string, number]>(
    "INSERT INTO account_tokens (hash, mxid, device_id, created_at) VALUES (?, ?, ?, ?)",
  );
  const insertThreepid = database.prepare<[string, string, string, number, number]>(
    "INSERT INTO account_threepids (medium, address, mxid, validated_at, added_at) VALUES (?, ?, ?, ?, ?)",
  );
  return ({ mxid, kind, passwordHash, createdAt, device, threepids }: NewAccount): void => {
    orRefuse("mxid-taken", () => insertAccount.run(mxid, kind, passwordHash ?? null, createdAt));
    if (device !== undefined) {
      insertDevice.run(mxid, device.deviceId, device.displayName ?? null, createdAt);
      insertToken.run(device.tokenHash, mxid, device.deviceId, createdAt);
    }
    for (const { medium, address, validatedAt, addedAt } of threepids) {
      orRefuse("threepid-taken", () => insertThreepid.run(medium, address, mxid, validatedAt, addedAt));
    }
  };
};

export const sqliteAccounts = (connection: SqliteConnection): Accounts => {
  const { database, transaction } = connection;
  const claims = sqliteClaims(connection);
  const insert = accountInserts(connection);
  const select = database.prepare<[string], AccountRow>(
    "SELECT mxid, kind, password_hash, deactivated_at FROM accounts WHERE mxid = ?",
  );
  const selectOwner = database.prepare<[string], OwnerRow>(
    `SELECT accounts.mxid, accounts.kind, account_tokens.device_id
     FROM account_tokens JOIN accounts ON accounts.mxid = account_tokens.mxid
     WHERE account_tokens.hash = ? AND accounts.deactivated_at IS NULL`,
  );
  const updatePassword = database.prepare<[string, string]>(
    "UPDATE accounts SET password_hash = ? WHERE mxid = ? AND deactivated_at IS NULL",
  );
  const renewHash = database.prepare<[string, string, string]>(
    "UPDATE accounts SET password_hash = ? WHERE mxid = ? AND password_hash = ?",
  );
  const revokeOthers = database.prepare<[string, string]>("DELETE FROM account_tokens WHERE mxid = ? AND hash <> ?");
  const dropSilentDevices = database.prepare<[string]>(
    `DELETE FROM devices WHERE mxid = ? AND NOT EXISTS (
       SELECT 1 FROM account_tokens
       WHERE account_tokens.mxid = devices.mxid AND account_tokens.device_id = devices.device_id)`,
  );
  // Joined in this order: an account has few addresses. What was superseded has ended.
  const endResets = database.prepare<[string]>(
    `DELETE FROM validation_sessions WHERE sid IN (
       SELECT validation_sessions.sid
       FROM account_threepids
       CROSS JOIN validation_sessions USING (medium, address)
       CROSS JOIN validation_purposes ON validation_purposes.sid = validation_sessions.sid
       WHERE account_threepids.mxid = ? AND validation_sessions.superseded = 0
         AND validation_purposes.purpose = 'password')`,
  );
  const close = database.prepare<[number, string]>(
    "UPDATE accounts SET password_hash = NULL, deactivated_at = ? WHERE mxid = ? AND deactivated_at IS NULL",
  );
  const belongings = ["account_tokens", "devices", "account_threepids", "account_bindings"].map((table) =>
    database.prepare<[string]>(`DELETE FROM ${table} WHERE mxid = ?`),
  );

  return {
    create: async (account) =>
      outcomeOf(() =>
        transaction(() => {
          insert(account);
          claims.use(account.claims, account.createdAt);
          return "created" as const;
        }),
      ),
    find: async (mxid) => {
      const row = select.get(mxid);
      return row === undefined
        ? undefined
        : {
            mxid: row.mxid,
            kind: row.kind,
            passwordHash: row.password_hash ?? undefined,
            deactivated: row.deactivated_at !== null,
          };
    },
    ownerOfToken: async (tokenHash) => {
      const row = selectOwner.get(tokenHash);
      return row === undefined ? undefined : ownerOf(row);
    },
    renewPasswordHash: async (mxid, from, to) => {
      renewHash.run(to, mxid, from);
    },
    changePassword: async ({ mxid, passwordHash, changedAt, keepToken, claims: claimed }) =>
      outcomeOf(() =>
        transaction(() => {
          if (updatePassword.run(passwordHash, mxid).changes !== 1) throw new Refusal("gone");
          claims.use(claimed, changedAt);
          endResets.run(mxid);
          revokeOthers.run(mxid, keepToken ?? "");
          dropSilentDevices.run(mxid);
          return "changed" as const;
        }),
      ),
    deactivate: async ({ mxid, deactivatedAt, claims: claimed }) =>
      outcomeOf(() =>
        transaction(() => {
          if (close.run(deactivatedAt, mxid).changes !== 1) throw new Refusal("gone");
          claims.use(claimed, deactivatedAt);
          for (const belonging of belongings) belonging.run(mxid);
          return "deactivated" as const;
        }),
      ),
    isSpent: async (session) => claims.isSpent(session),
    dropSpentBefore: dropAged(connection, "spent_validations", "id_server, sid", "spent_at"),
  };
};

/** Devices and their tokens in SQLite. Every authenticated request reads one token. */

import type { AccountKind, AccountStore, NewSession, NewTokens } from "../../ports/account-store.js";
import type { DropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";

/** A row of `account_tokens` is an access token with its refresh token; `succeeds` names the row that it came from. */
interface TokenRow {
  readonly hash: string;
  readonly mxid: string;
  readonly device_id: string;
  readonly expires_at: number | null;
  readonly succeeds: string | null;
  readonly kind: AccountKind;
  readonly locked: number;
  /** NULL for a token whose device is gone. */
  readonly used_at: number | null;
}

interface RefreshRow extends TokenRow {
  readonly refresh_expires_at: number | null;
}

interface DeviceRow {
  readonly device_id: string;
  readonly display_name: string | null;
}

/** Steps within transactions of others. */
export interface SessionSteps {
  /** Logs a device in: whatever tokens it had end. */
  open(mxid: string, session: NewSession, at: number): void;
  /** Takes all devices away but these. */
  removeOthers(mxid: string, kept: readonly string[]): void;
}

/** How exactly is kept when a device was used: who makes many requests waits for one write in this time. */
const useNotedAfterMs = 60 * 60 * 1000;

const tokenInsert = ({ database }: SqliteConnection) => {
  const insert = database.prepare<
    [string, string, string, number, number | null, string | null, number | null, string | null]
  >(
    `INSERT INTO account_tokens
       (hash, mxid, device_id, created_at, expires_at, refresh_hash, refresh_expires_at, succeeds)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (mxid: string, deviceId: string, tokens: NewTokens, at: number, succeeds: string | null): void => {
    const { accessHash, expiresAt, refresh } = tokens;
    insert.run(
      accessHash,
      mxid,
      deviceId,
      at,
      expiresAt ?? null,
      refresh?.hash ?? null,
      refresh?.expiresAt ?? null,
      succeeds,
    );
  };
};

export const sessionSteps = (connection: SqliteConnection): SessionSteps => {
  const { database } = connection;
  const insertDevice = database.prepare<[string, string, string | null, number, number]>(
    `INSERT INTO devices (mxid, device_id, display_name, created_at, used_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET used_at = excluded.used_at`,
  );
  const endTokens = database.prepare<[string, string]>("DELETE FROM account_tokens WHERE mxid = ? AND device_id = ?");
  const insertToken = tokenInsert(connection);
  // Tokens by themselves, too: one whose device is gone must not outlive a logout.
  const removeOthers = ["account_tokens", "devices"].map((table) =>
    database.prepare<[string, string]>(
      `DELETE FROM ${table} WHERE mxid = ? AND device_id NOT IN (SELECT value FROM json_each(?))`,
    ),
  );
  return {
    open: (mxid, { deviceId, displayName, tokens }, at) => {
      insertDevice.run(mxid, deviceId, displayName ?? null, at, at);
      endTokens.run(mxid, deviceId);
      insertToken(mxid, deviceId, tokens, at, null);
    },
    removeOthers: (mxid, kept) => {
      for (const statement of removeOthers) statement.run(mxid, JSON.stringify(kept));
    },
  };
};

type SessionMembers = Pick<
  AccountStore,
  "openSession" | "useAccessToken" | "refresh" | "devices" | "renameDevice" | "removeDevices" | "dropEnded"
>;

const owners = `SELECT account_tokens.hash, account_tokens.mxid, account_tokens.device_id, account_tokens.expires_at,
    account_tokens.succeeds, account_tokens.refresh_expires_at, accounts.kind, accounts.locked, devices.used_at
  FROM account_tokens JOIN accounts ON accounts.mxid = account_tokens.mxid
    LEFT JOIN devices ON devices.mxid = account_tokens.mxid AND devices.device_id = account_tokens.device_id`;

const dropEnded = ({ database, transaction }: SqliteConnection): DropAged => {
  const select = database.prepare<[number, number], Pick<TokenRow, "hash" | "mxid" | "device_id">>(
    "SELECT hash, mxid, device_id FROM account_tokens WHERE ends_at < ? ORDER BY ends_at LIMIT ?",
  );
  const endToken = database.prepare<[string]>("DELETE FROM account_tokens WHERE hash = ?");
  const removeBare = database.prepare<[string, string]>(
    `DELETE FROM devices WHERE mxid = ? AND device_id = ? AND NOT EXISTS
       (SELECT 1 FROM account_tokens
        WHERE account_tokens.mxid = devices.mxid AND account_tokens.device_id = devices.device_id)`,
  );
  return async (ts, limit) =>
    transaction(() => {
      const ended = select.all(ts, limit);
      for (const { hash, mxid, device_id } of ended) {
        endToken.run(hash);
        removeBare.run(mxid, device_id);
      }
      return ended.length;
    });
};

export const sqliteSessions = (connection: SqliteConnection): SessionMembers => {
  const { database, transaction, write } = connection;
  const steps = sessionSteps(connection);
  const insertToken = tokenInsert(connection);
  const selectHash = database.prepare<[string], { password_hash: string | null }>(
    "SELECT password_hash FROM accounts WHERE mxid = ? AND deactivated_at IS NULL",
  );
  const selectByAccess = database.prepare<[string], TokenRow>(`${owners} WHERE account_tokens.hash = ?`);
  const selectByRefresh = database.prepare<[string], RefreshRow>(`${owners} WHERE account_tokens.refresh_hash = ?`);
  const endToken = database.prepare<[string]>("DELETE FROM account_tokens WHERE hash = ?");
  const settle = database.prepare<[string, string, string]>(
    `UPDATE account_tokens SET succeeds = NULL,
       replaced_refresh_hash = (SELECT refresh_hash FROM account_tokens WHERE hash = ?)
     WHERE hash = ? AND succeeds = ?`,
  );
  const selectReplaced = database
    .prepare<[string], number>("SELECT 1 FROM account_tokens WHERE replaced_refresh_hash = ?")
    .pluck();
  const endSuccessor = database.prepare<[string]>("DELETE FROM account_tokens WHERE succeeds = ?");
  const selectDevices = database.prepare<[string], DeviceRow>(
    "SELECT device_id, display_name FROM devices WHERE mxid = ? ORDER BY created_at, device_id",
  );
  const rename = database.prepare<[string, string, string]>(
    "UPDATE devices SET display_name = ? WHERE mxid = ? AND device_id = ?",
  );
  const remove = ["account_tokens", "devices"].map((table) =>
    database.prepare<[string, string]>(
      `DELETE FROM ${table} WHERE mxid = ? AND device_id IN (SELECT value FROM json_each(?))`,
    ),
  );
  const noteUse = database.prepare<[number, string, string]>(
    "UPDATE devices SET used_at = ? WHERE mxid = ? AND device_id = ?",
  );
  const removeLeastUsed = database.prepare<[string, string, string, number]>(
    `DELETE FROM devices WHERE mxid = ? AND device_id IN
       (SELECT device_id FROM devices WHERE mxid = ? AND device_id <> ?
        ORDER BY used_at DESC, created_at DESC, device_id LIMIT -1 OFFSET ?)`,
  );

  /** The client has these tokens: those that they replace end. */
  const takeUp = ({ hash, succeeds }: TokenRow): void => {
    if (succeeds !== null && settle.run(succeeds, hash, succeeds).changes === 1) endToken.run(succeeds);
  };

  return {
    openSession: async ({ mxid, passwordHash, session, at, maxDevices }) =>
      transaction(() => {
        const account = selectHash.get(mxid);
        if (account === undefined) return "gone";
        if ((account.password_hash ?? undefined) !== passwordHash) return "password-changed";
        steps.open(mxid, session, at);
        removeLeastUsed.run(mxid, mxid, session.deviceId, maxDevices - 1);
        return "opened";
      }),
    useAccessToken: async (accessHash, at) => {
      const row = selectByAccess.get(accessHash);
      if (row === undefined) return undefined;
      if (row.succeeds !== null) transaction(() => takeUp(row));
      const counts = row.locked === 0 && (row.expires_at === null || row.expires_at > at);
      if (counts && row.used_at !== null && row.used_at + useNotedAfterMs <= at) {
        // Where nothing can be written, whoever only reads is served all the same, and the next request notes it.
        await write(() => noteUse.run(at, row.mxid, row.device_id)).catch(() => undefined);
      }
      return {
        mxid: row.mxid,
        kind: row.kind,
        deviceId: row.device_id,
        locked: row.locked === 1,
        expiresAt: row.expires_at ?? undefined,
      };
    },
    refresh: async ({ refreshHash, tokens, at }) => {
      const missing = () => (selectReplaced.get(refreshHash) === undefined ? "unknown" : "expired");
      // Whoever writes any text for a token makes nobody wait for the lock.
      if (selectByRefresh.get(refreshHash) === undefined) return missing();
      return transaction(() => {
        const row = selectByRefresh.get(refreshHash);
        if (row === undefined) return missing();
        if (row.refresh_expires_at !== null && row.refresh_expires_at <= at) return "expired";
        if (row.locked === 1) return "locked";
        takeUp(row);
        noteUse.run(at, row.mxid, row.device_id);
        // The answer to an earlier try was lost, or this one is a thief's: there is one heir.
        endSuccessor.run(row.hash);
        insertToken(row.mxid, row.device_id, tokens, at, row.hash);
        return "refreshed";
      });
    },
    devices: async (mxid) =>
      selectDevices.all(mxid).map(({ device_id, display_name }) => ({
        deviceId: device_id,
        displayName: display_name ?? undefined,
      })),
    renameDevice: async (mxid, deviceId, displayName) => rename.run(displayName, mxid, deviceId).changes === 1,
    removeDevices: async (mxid, deviceIds) => {
      transaction(() => {
        if (deviceIds === "all") steps.removeOthers(mxid, []);
        else for (const statement of remove) statement.run(mxid, JSON.stringify(deviceIds));
      });
    },
    dropEnded: dropEnded(connection),
  };
};

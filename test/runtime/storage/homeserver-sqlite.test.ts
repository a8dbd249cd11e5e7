import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { AccountStore } from "../../../runtime/ports/account-store.js";
import type { HomeserverStorage } from "../../../runtime/ports/homeserver-storage.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { homeserverMigrations } from "../../../runtime/storage/migrations/homeserver.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteAccountStore, sqliteHomeserverStorage } from "../../../runtime/storage/sqlite/homeserver-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { homeserverStorageContract } from "./homeserver-contract.js";

const storageOver = (connection: SqliteConnection): HomeserverStorage => {
  migrate(connection, [...baseMigrations, ...homeserverMigrations], 0);
  return sqliteHomeserverStorage(connection);
};

homeserverStorageContract("SQLite", () => {
  const connection = openSqlite(":memory:");
  return { storage: storageOver(connection), close: () => connection.close() };
});

it("looks for an unknown refresh token without the lock that writers wait for", async () => {
  const connection = openSqlite(":memory:");
  storageOver(connection);
  let transactions = 0;
  const counting: SqliteConnection = {
    ...connection,
    transaction: (work) => {
      transactions += 1;
      return connection.transaction(work);
    },
  };
  const tokens = { accessHash: "access", expiresAt: undefined, refresh: undefined };
  expect(await sqliteAccountStore(counting).refresh({ refreshHash: "any", tokens, at: 1 })).toBe("unknown");
  expect(transactions).toBe(0);
  connection.close();
});

it("takes devices over from before it was known when they were used: by their newest token, else by their age", () => {
  const connection = openSqlite(":memory:");
  const before = homeserverMigrations.findIndex(({ name }) => name === "homeserver/0014-bounded-devices");
  migrate(connection, [...baseMigrations, ...homeserverMigrations.slice(0, before)], 0);
  connection.database.exec(`
    INSERT INTO accounts (mxid, kind, created_at) VALUES ('@a:x', 'user', 1);
    INSERT INTO devices (mxid, device_id, created_at) VALUES ('@a:x', 'USED', 1), ('@a:x', 'BARE', 2);
    INSERT INTO account_tokens (hash, mxid, device_id, created_at) VALUES ('1', '@a:x', 'USED', 3), ('2', '@a:x', 'USED', 4);
  `);
  migrate(connection, [...baseMigrations, ...homeserverMigrations], 0);
  expect(connection.database.prepare("SELECT device_id, used_at FROM devices ORDER BY used_at").raw().all()).toEqual([
    ["BARE", 2],
    ["USED", 4],
  ]);
  connection.close();
});

it("knows a token where nothing can be written, and notes its use later", async () => {
  const connection = openSqlite(":memory:");
  storageOver(connection);
  const store = sqliteAccountStore(connection);
  const mxid = "@alice:example.org";
  const tokens = { accessHash: "access", expiresAt: undefined, refresh: undefined };
  const session = { deviceId: "PHONE", displayName: undefined, tokens };
  await store.create({ mxid, kind: "user", passwordHash: undefined, createdAt: 1, session, threepids: [] });
  const usedAt = () => connection.database.prepare("SELECT used_at FROM devices").pluck().get();
  const hour = 60 * 60 * 1000;
  connection.database.pragma("query_only = ON");
  expect(await store.useAccessToken("access", 2 * hour)).toMatchObject({ mxid });
  connection.database.pragma("query_only = OFF");
  expect(usedAt()).toBe(1);
  await store.useAccessToken("access", 3 * hour);
  await store.useAccessToken("access", 4 * hour - 1);
  expect(usedAt()).toBe(3 * hour);
  connection.close();
});

it.each([["ORPHAN"], "all"] as const)("logs out tokens that outlived their devices: %s", async (which) => {
  const connection = openSqlite(":memory:");
  storageOver(connection);
  const store = sqliteAccountStore(connection);
  const mxid = "@alice:example.org";
  const tokens = { accessHash: "access", expiresAt: undefined, refresh: undefined };
  const session = { deviceId: "ORPHAN", displayName: undefined, tokens };
  await store.create({ mxid, kind: "user", passwordHash: undefined, createdAt: 1, session, threepids: [] });
  connection.database.exec("PRAGMA foreign_keys = OFF; DELETE FROM devices; PRAGMA foreign_keys = ON");
  expect(await store.useAccessToken("access", 2)).toMatchObject({ mxid, deviceId: "ORPHAN" });
  await store.removeDevices(mxid, which);
  expect(await store.useAccessToken("access", 2)).toBeUndefined();
  connection.close();
});

describe("a homeserver database file", () => {
  const folder = mkdtempSync(join(tmpdir(), "homeserver-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("gives a name and a claim once to two processes that share it", async () => {
    const file = join(folder, "homeserver.sqlite");
    const connections = [openSqlite(file), openSqlite(file)];
    const storages = connections.map(storageOver);
    const account = { mxid: "@alice:example.org", kind: "user", passwordHash: undefined, createdAt: 1 } as const;
    const stores = connections.map(sqliteAccountStore);
    const create = (store: AccountStore) => store.create({ ...account, session: undefined, threepids: [] });
    expect(await Promise.all(stores.map(create))).toEqual(["created", "mxid-taken"]);
    const claim = { interactiveSession: undefined, provenSessions: [{ idServer: "id.example.org", sid: "sid" }] };
    const claimed = await Promise.all(storages.map(({ claims }) => claims.reserve(claim, 1)));
    expect(claimed).toEqual(["reserved", "spent"]);
    for (const connection of connections) connection.close();
  });
});

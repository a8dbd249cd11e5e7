import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { IdentityStorage } from "../../../runtime/ports/identity-storage.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { identityStorageContract } from "./identity-contract.js";

const storageOver = (connection: SqliteConnection): IdentityStorage => {
  migrate(connection, [...baseMigrations, ...identityMigrations], 0);
  return sqliteIdentityStorage(connection);
};

identityStorageContract("SQLite", () => {
  const connection = openSqlite(":memory:");
  return { storage: storageOver(connection), close: () => connection.close() };
});

describe("an identity database file", () => {
  const folder = mkdtempSync(join(tmpdir(), "identity-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what was committed when it is opened again", async () => {
    const file = join(folder, "identity.sqlite");
    const alice = { medium: "email", address: "alice@example.org" } as const;
    const bound = { ...alice, mxid: "@a:example.org", ts: 1, notBefore: 1, notAfter: 2, signatures: {} };
    const first = openSqlite(file);
    await storageOver(first).associations.bind(bound);
    first.close();
    const second = openSqlite(file);
    expect(await storageOver(second).associations.find(alice)).toEqual(bound);
    second.close();
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteProbe } from "../../../runtime/storage/sqlite/probe.js";

let folder: string;
let connection: SqliteConnection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-probe-"));
  connection = openSqlite(join(folder, "probe.sqlite"), { busyTimeoutMs: 10 });
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the probe of a database", () => {
  it("commits a write to the file, and changes nothing", async () => {
    connection.database.pragma("user_version = 7");
    connection.database.pragma("wal_checkpoint(TRUNCATE)");
    await sqliteProbe(connection).probe();
    const [log] = connection.database.pragma("wal_checkpoint(PASSIVE)") as [{ log: number }]; // one row, by its documents
    expect(log.log).toBeGreaterThan(0);
    expect(connection.database.pragma("user_version", { simple: true })).toBe(7);
  });

  it("fails where nothing can be written", async () => {
    connection.database.pragma("query_only = ON");
    await expect(sqliteProbe(connection).probe()).rejects.toMatchObject({ code: "SQLITE_READONLY" });
    connection.database.pragma("query_only = OFF");
    await sqliteProbe(connection).probe();
  });

  it("fails while another process holds the file", async () => {
    const other = openSqlite(join(folder, "probe.sqlite"));
    other.database.exec("BEGIN IMMEDIATE");
    await expect(sqliteProbe(connection).probe()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    other.database.exec("ROLLBACK");
    await sqliteProbe(connection).probe();
    other.close();
  });
});

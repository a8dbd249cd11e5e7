import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqlitePepperRotation } from "../../../runtime/storage/sqlite/identity-pepper-rotation.js";
import { lookupChanges } from "../../../runtime/storage/sqlite/lookup-changes.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";

let folder: string;
let opened: SqliteConnection[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "changes-"));
  opened = [];
});
afterEach(() => {
  for (const connection of opened) connection.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One of those that have the file open; nobody waits for the disk. */
const open = () => {
  const connection = openSqlite(join(folder, "identity.sqlite"));
  opened.push(connection);
  connection.database.pragma("synchronous = OFF");
  migrate(connection, [...baseMigrations, ...identityMigrations], 0);
  sqlitePepperRotation(connection).beginFirst("pepper", 0);
  const { mark, byOthers } = lookupChanges(connection);
  return { connection, byOthers, change: () => connection.transaction(mark) };
};

describe("who is found by a hash", () => {
  it("is changed by others once for each time that one looks", () => {
    const [one, other] = [open(), open()];
    const before = one.byOthers();
    other.change();
    other.change();
    expect(one.byOthers()).toBe(before + 1);
    expect(one.byOthers()).toBe(before + 1);
    other.change();
    expect(one.byOthers()).toBe(before + 2);
  });

  it("is not changed by what else others write", () => {
    const [one, other] = [open(), open()];
    const before = one.byOthers();
    other.connection.database.exec("CREATE TABLE something_else (number INTEGER)");
    sqlitePepperRotation(other.connection).fill(10, 1);
    expect(one.byOthers()).toBe(before);
  });

  it("is changed by others and oneself at the same time, however much of it is one's own", () => {
    const [one, other] = [open(), open()];
    const before = one.byOthers();
    for (let i = 0; i < 2_500; i++) one.change();
    expect(one.byOthers()).toBe(before);
    other.change();
    for (let i = 0; i < 2_500; i++) one.change();
    expect(one.byOthers()).toBe(before + 1);
    other.connection.database.exec("CREATE TABLE something_else (number INTEGER)");
    expect(one.byOthers()).toBe(before + 1);
  });

  it("remembers no more of one's own than a thousand or so", () => {
    const one = open();
    const add = vi.spyOn(Set.prototype, "add");
    for (let i = 0; i < 2_500; i++) one.change();
    const known = add.mock.contexts.at(-1);
    expect(known).toBeInstanceOf(Set);
    expect(known instanceof Set && known.size).toBeLessThanOrEqual(1_000);
  });

  it("is looked at again where that has failed", () => {
    const [one, other] = [open(), open()];
    const { database } = one.connection;
    const prepare = vi.spyOn(database, "prepare");
    const { byOthers } = lookupChanges(one.connection);
    const index = prepare.mock.calls.findIndex(([sql]) => sql.startsWith("SELECT change_mark"));
    const select: unknown = prepare.mock.results[index]?.value;
    if (typeof select !== "object" || select === null || !("get" in select)) expect.fail("nothing is selected");
    const before = byOthers();
    other.change();
    const selecting = select as { get(): number }; // a prepared statement for one number
    const failing = vi.spyOn(selecting, "get").mockImplementationOnce(() => {
      throw new Error("disk I/O error");
    });
    expect(byOthers).toThrow("disk I/O error");
    expect(byOthers()).toBe(before + 1);
    expect(failing).toHaveBeenCalledTimes(2);
  });
});

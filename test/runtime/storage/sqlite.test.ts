import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { outboxInsert, sqliteOutbox } from "../../../runtime/storage/sqlite/outbox.js";
import { sqliteSigningKeys } from "../../../runtime/storage/sqlite/signing-keys.js";
import { StorageError } from "../../../runtime/storage/sqlite/storage-error.js";
import { sqliteValidationSessions } from "../../../runtime/storage/sqlite/validation-sessions.js";
import { baseStorageContract } from "./base-contract.js";

let folder: string;
const opened: SqliteConnection[] = [];

const open = (file = join(folder, "test.sqlite")): SqliteConnection => {
  const connection = openSqlite(file, { busyTimeoutMs: 50 });
  opened.push(connection);
  return connection;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-sqlite-"));
});

afterEach(() => {
  for (const connection of opened.splice(0)) connection.close();
  rmSync(folder, { recursive: true, force: true });
});

baseStorageContract("SQLite", () => {
  const connection = open();
  migrate(connection, baseMigrations, 0);
  return {
    sessions: sqliteValidationSessions(connection),
    signingKeys: sqliteSigningKeys(connection),
    outbox: sqliteOutbox(connection),
  };
});

describe("a SQLite connection", () => {
  it("promises that what was committed stays", () => {
    const { database } = open();
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(database.pragma("foreign_keys", { simple: true })).toBe(1);
    expect(database.pragma("secure_delete", { simple: true })).toBe(1);
    expect(database.pragma("busy_timeout", { simple: true })).toBe(50);
  });

  it("keeps its lock on the file, although this process opens and closes it once more", () => {
    const file = join(folder, "test.sqlite");
    const { database } = open(file);
    database.exec("CREATE TABLE kept (id INTEGER PRIMARY KEY)");
    openSqlite(file).close();
    // Whoever wants the file alone asks for the whole of it.
    const taking = `
      const Database = require("better-sqlite3");
      try {
        const database = new Database(process.argv[1], { timeout: 0 });
        database.pragma("locking_mode = EXCLUSIVE");
        database.prepare("SELECT * FROM kept").all();
        process.stdout.write("taken");
      } catch (error) {
        process.stdout.write(error.code);
      }`;
    expect(spawnSync(process.execPath, ["-e", taking, file], { encoding: "utf8" }).stdout).toBe("SQLITE_BUSY");
  });

  it("rolls back a transaction that throws", () => {
    const connection = open();
    migrate(connection, baseMigrations, 0);
    const insert = connection.database.prepare(
      "INSERT INTO signing_keys (key_id, seed, public_key, created_at) VALUES ('ed25519:a', 'AA', 'BB', 1)",
    );
    expect(() =>
      connection.transaction(() => {
        insert.run();
        throw new Error("changed my mind");
      }),
    ).toThrow("changed my mind");
    expect(connection.database.prepare("SELECT key_id FROM signing_keys").all()).toEqual([]);
  });

  it("adds to the outbox within the transaction of the fact that caused it", async () => {
    const connection = open();
    migrate(connection, baseMigrations, 0);
    const add = outboxInsert(connection);
    expect(() =>
      connection.transaction(() => {
        add({ kind: "mail", payload: {}, dueAt: 0 });
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(await sqliteOutbox(connection).nextDue("mail")).toBeUndefined();
  });
});

describe("a file that cannot be used", () => {
  it("is no database", () => {
    const file = join(folder, "notes.txt");
    writeFileSync(file, "These are my notes. ".repeat(100));
    expect(() => open(file)).toThrow(`${file} is no SQLite database. What to do: name another file`);
  });

  it("is a folder", () => {
    expect(() => open(folder)).toThrow(/cannot be opened.*What to do: check that its folder exists/);
  });

  it("lies in a folder that does not exist", () => {
    expect(() => open(join(folder, "none", "x.sqlite"))).toThrow(/cannot be opened.*What to do:/);
  });

  it.each([
    ["SQLITE_READONLY_DIRECTORY", "cannot be written. What to do: give this user write access"],
    ["SQLITE_CORRUPT", "is damaged. What to do: restore it from a backup"],
    ["SQLITE_IOERR_WRITE", "could not be read or written. What to do: check the disk"],
    ["SQLITE_SOMETHING", "cannot be opened (trouble). What to do: check the path"],
  ])("is explained for %s", (code, want) => {
    const { message } = StorageError.explain("x.sqlite", Object.assign(new Error("trouble"), { code }));
    expect(message).toContain(`The database file x.sqlite ${want}`);
  });

  it("fails under a command, which is told what to do as well", () => {
    const readonly = Object.assign(new Error("attempt to write a readonly database"), { code: "SQLITE_READONLY" });
    expect(StorageError.inWords(readonly)).toMatchObject({
      message: expect.stringMatching(/^The database cannot be written\. What to do: give this user write access/),
      cause: readonly,
    });
    const other = new Error("no user ID");
    expect(StorageError.inWords(other)).toBe(other);
  });

  it("is being written by somebody else for too long", () => {
    const file = join(folder, "busy.sqlite");
    open(file).database.exec("BEGIN IMMEDIATE");
    expect(() => open(file)).toThrow(/is in use by another process/);
  });
});

describe("migrations", () => {
  const step = (name: string) => ({ name, statements: [`CREATE TABLE ${name} (x INTEGER)`] });

  it("run once, in order, and lists of several owners grow apart from each other", () => {
    const connection = open();
    expect(migrate(connection, [step("a1"), step("b1")], 1)).toEqual(["a1", "b1"]);
    expect(migrate(connection, [step("a1"), step("b1")], 2)).toEqual([]);
    expect(migrate(connection, [step("a1"), step("a2"), step("b1"), step("b2")], 3)).toEqual(["a2", "b2"]);
  });

  it("happen all or not at all", () => {
    const connection = open();
    const broken = { name: "broken", statements: ["CREATE TABLE c (x INTEGER)", "CREATE NONSENSE"] };
    expect(() => migrate(connection, [step("a1"), broken], 1)).toThrow(/syntax error/);
    expect(migrate(connection, [step("a1")], 2)).toEqual(["a1"]);
  });

  it("refuse the schema of a newer program", () => {
    const connection = open();
    migrate(connection, [step("a1"), step("a2")], 1);
    expect(() => migrate(connection, [step("a1")], 2)).toThrow(
      /was changed by a newer version of threepid.*"a2".*What to do: run the version that made it/,
    );
  });
});

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";

let folder: string;
let file: string;
let connection: SqliteConnection;
let observer: Database.Database;

/** What somebody else sees, who reads only what was committed. */
const committed = (): unknown[] => observer.prepare("SELECT name FROM names ORDER BY name").pluck().all();

const insert = (name: string): void => {
  connection.database.prepare("INSERT INTO names (name) VALUES (?)").run(name);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-group-"));
  file = join(folder, "test.sqlite");
  connection = openSqlite(file, { busyTimeoutMs: 20 });
  connection.database.exec("CREATE TABLE names (name TEXT NOT NULL PRIMARY KEY)");
  observer = new Database(file, { readonly: true });
});

afterEach(() => {
  observer.close();
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

it("answers only what was committed, in the order given, by one commit", async () => {
  const commits: unknown[] = [];
  const first = connection.write(() => {
    insert("a");
    return 1;
  });
  const second = connection.write(() => {
    insert("b");
    // It stands in the same transaction as the work before it, and nobody else has seen that yet.
    return [connection.database.prepare("SELECT count(*) FROM names").pluck().get(), committed()];
  });
  void first.then(() => commits.push(committed()));
  expect(committed()).toEqual([]);
  expect(await Promise.all([first, second])).toEqual([1, [2, []]]);
  expect(commits).toEqual([["a", "b"]]);
});

it("undoes work that throws, and that work alone", async () => {
  const results = await Promise.allSettled([
    connection.write(() => insert("a")),
    connection.write(() => {
      insert("b");
      throw new Error("changed my mind");
    }),
    connection.write(() => insert("a")),
    connection.write(() => insert("c")),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(results[1]).toMatchObject({ reason: { message: "changed my mind" } });
  expect(committed()).toEqual(["a", "c"]);
});

it("fails all of a group whose transaction cannot begin or was ended beneath it", async () => {
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  const locked = await Promise.allSettled([connection.write(() => insert("a")), connection.write(() => insert("b"))]);
  other.exec("ROLLBACK");
  other.close();
  expect(locked).toMatchObject([{ reason: { code: "SQLITE_BUSY" } }, { reason: { code: "SQLITE_BUSY" } }]);

  const ended = await Promise.allSettled([
    connection.write(() => insert("c")),
    connection.write(() => {
      // What SQLite does by itself when the disk is full.
      connection.database.exec("ROLLBACK");
      throw new Error("the disk is full");
    }),
    connection.write(() => insert("d")),
  ]);
  expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(committed()).toEqual([]);
  await connection.write(() => insert("e"));
  expect(committed()).toEqual(["e"]);
});

it("commits what waits before it closes, and refuses what comes after", async () => {
  const waiting = connection.write(() => insert("a"));
  connection.close();
  await expect(waiting).resolves.toBeUndefined();
  expect(committed()).toEqual(["a"]);
  await expect(connection.write(() => insert("b"))).rejects.toThrow("not open");
});

it("keeps a new file, and the logs beside it, from other users", () => {
  insert("a");
  expect([file, `${file}-wal`, `${file}-shm`].map((path) => statSync(path).mode & 0o077)).toEqual([0, 0, 0]);
});

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";

let folder: string;
let file: string;
let connection: SqliteConnection;
let count: () => number;

/** How many rows a request sees. */
const counting = ({ reader }: SqliteConnection): (() => number) => {
  const select = reader.database.prepare<[], number>("SELECT count(*) FROM rows_read").pluck();
  return () => reader.read(() => select.get() ?? -1);
};

const insert = "INSERT INTO rows_read DEFAULT VALUES";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-reader-"));
  file = join(folder, "rows.sqlite");
  connection = openSqlite(file, { busyTimeoutMs: 50 });
  connection.database.exec("CREATE TABLE rows_read (id INTEGER PRIMARY KEY)");
  count = counting(connection);
});

afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("reads of one turn", () => {
  it("share one view of what other processes do, and the next turn has the next", async () => {
    const other = openSqlite(file);
    expect(count()).toBe(0);
    other.database.exec(insert);
    expect(count()).toBe(0);
    await Promise.resolve();
    expect(count()).toBe(0);
    await nextTurn();
    expect(count()).toBe(1);
    other.close();
  });

  it.each([
    ["a transaction", async () => connection.transaction(() => connection.database.exec(insert))],
    ["a write", () => connection.write(() => connection.database.exec(insert))],
    [
      "a write by another connection",
      async () => {
        const other = openSqlite(file);
        await other.write(() => other.database.exec(insert));
        other.close();
      },
    ],
  ])("see %s of their own process at once, also within the turn", async (_, write) => {
    expect(count()).toBe(0);
    const seen = write().then(count);
    expect(await seen).toBe(1);
  });

  it("see it where a write was under way before they began", async () => {
    const written = connection.write(() => connection.database.exec(insert));
    expect(count()).toBe(0);
    expect(await written.then(count)).toBe(1);
  });

  it("hold up neither the next writer nor the emptying of the log", async () => {
    connection.database.exec(insert);
    expect(count()).toBe(1);
    connection.transaction(() => connection.database.exec(insert));
    expect(count()).toBe(2);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    connection.emptyLog();
    expect(statSync(`${file}-wal`).size).toBe(0);
    expect(count()).toBe(2);
  });

  it("read what is the same for all once, and anew after a write of their own or in the next turn", async () => {
    let reads = 0;
    const select = connection.reader.database.prepare<[], number>("SELECT count(*) FROM rows_read").pluck();
    const rows = connection.reader.once(() => {
      reads += 1;
      return select.get();
    });
    expect([rows(), rows(), reads]).toEqual([0, 0, 1]);
    connection.transaction(() => connection.database.exec(insert));
    expect([rows(), rows(), reads]).toEqual([1, 1, 2]);
    await nextTurn();
    expect([rows(), reads]).toEqual([1, 3]);
  });

  it("leave nothing behind when one of them fails, and the engine ends the view", async () => {
    const fail = () =>
      connection.reader.read(() => {
        connection.reader.database.exec("ROLLBACK");
        throw new Error("disk I/O error");
      });
    expect(fail).toThrow("disk I/O error");
    await nextTurn();
    expect(count()).toBe(0);
    expect(fail).toThrow("disk I/O error");
    await connection.write(() => connection.database.exec(insert));
    expect(count()).toBe(1);
  });

  it("cannot write", () => {
    expect(() => connection.reader.database.exec(insert)).toThrow("readonly");
  });

  it("end with the connection, also when it is closed within their turn", async () => {
    expect(count()).toBe(0);
    connection.close();
    await nextTurn();
    connection = openSqlite(file);
    expect(counting(connection)()).toBe(0);
  });
});

it.each([
  ["a file that nobody else may open", () => openSqlite(join(folder, "alone.sqlite"), { alone: true })],
  ["none at all", () => openSqlite(":memory:")],
])("is read by its one connection: %s", (_, open) => {
  const only = open();
  only.database.exec("CREATE TABLE rows_read (id INTEGER PRIMARY KEY)");
  const seen = counting(only);
  expect(seen()).toBe(0);
  only.database.exec(insert);
  expect(seen()).toBe(1);
  only.close();
});

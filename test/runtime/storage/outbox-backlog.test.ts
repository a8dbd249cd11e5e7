import { afterEach, beforeEach, expect, it } from "vitest";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { sqliteOutbox } from "../../../runtime/storage/sqlite/outbox.js";
import { sqliteOutboxBacklog } from "../../../runtime/storage/sqlite/outbox-backlog.js";

let connection: SqliteConnection;
beforeEach(() => {
  connection = openSqlite(":memory:");
  migrate(connection, baseMigrations, 1);
});
afterEach(() => connection.close());

it("counts what waits and what was set aside, by kind, and says since when the oldest waits", async () => {
  const outbox = sqliteOutbox(connection);
  const { backlog } = sqliteOutboxBacklog(connection);
  expect(await backlog()).toEqual([]);
  const entry = (kind: string, dueAt: number) => ({ kind, payload: {}, dueAt });
  await outbox.add([entry("mail", 10), entry("mail", 20), entry("notice", 30)]);
  expect(await backlog()).toEqual([
    { kind: "mail", waiting: 2, oldest: 10, abandoned: 0 },
    { kind: "notice", waiting: 1, oldest: 30, abandoned: 0 },
  ]);
  const [first] = await outbox.claim({ kind: "mail", now: 40, leaseMs: 1_000, limit: 1, lease: "a" });
  // While it is being sent it has waited no less.
  expect((await backlog())[0]).toEqual({ kind: "mail", waiting: 2, oldest: 10, abandoned: 0 });
  if (first === undefined) throw new Error("nothing was due");
  await outbox.abandon(first, 50, "no");
  const [notice] = await outbox.claim({ kind: "notice", now: 60, leaseMs: 1_000, limit: 1, lease: "b" });
  if (notice === undefined) throw new Error("nothing was due");
  await outbox.done(notice, 70);
  expect(await backlog()).toEqual([{ kind: "mail", waiting: 1, oldest: 20, abandoned: 1 }]);
});

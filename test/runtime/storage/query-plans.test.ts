import type Database from "better-sqlite3";
import { afterAll, describe, expect, it } from "vitest";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { homeserverMigrations } from "../../../runtime/storage/migrations/homeserver.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteAccountStore, sqliteHomeserverStorage } from "../../../runtime/storage/sqlite/homeserver-storage.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";

/** The few rows of a server's own keys and peppers need no index. */
const small = /\bsigning_keys\b|\bFROM lookup_peppers$|^DELETE FROM lookup_peppers\b/;

/** What an operator asks to see whole. */
const whole = /\bFROM registration_tokens ORDER BY\b/;

const database = openSqlite(":memory:");
migrate(database, [...baseMigrations, ...identityMigrations, ...homeserverMigrations], 0);
afterAll(() => database.close());

/** Every statement that a storage prepares. */
const statementsOf = (build: (connection: SqliteConnection) => unknown): string[] => {
  const found: string[] = [];
  const recording = new Proxy(database.database, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "prepare") return value.bind(target);
      return (sql: string) => {
        found.push(sql);
        return target.prepare(sql);
      };
    },
  });
  build({ ...database, database: recording });
  return [...new Set(found)];
};

const planOf = (connection: Database.Database, sql: string): string =>
  connection
    .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?|@\w+/g, "1")}`)
    .all()
    .map(({ detail }) => detail)
    .join("; ");

describe.each([
  ["identity", sqliteIdentityStorage],
  ["homeserver", sqliteHomeserverStorage],
  ["accounts", sqliteAccountStore],
])("the statements of the %s storage", (_name, build) => {
  const statements = statementsOf(build).filter((sql) => !small.test(sql) && !whole.test(sql));

  it("are known", () => {
    expect(statements.length).toBeGreaterThan(20);
  });

  it.each(statements)("reads no whole table: %s", (sql) => {
    expect(planOf(database.database, sql)).not.toMatch(
      /\bSCAN (?!CONSTANT|json_each)(?!\w+ USING (COVERING )?INDEX outbox_due)/,
    );
  });
});

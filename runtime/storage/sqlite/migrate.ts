/** Brings a database to the schema of this program, or refuses one that a newer program has changed. */

import type { Migration } from "../migrations/migration.js";
import type { SqliteConnection } from "./connection.js";
import { StorageError } from "./storage-error.js";

/** Runs what is pending, in order, all of it or nothing; answers the names of what ran. */
export const migrate = (
  { database, transaction }: SqliteConnection,
  migrations: readonly Migration[],
  now: number,
): readonly string[] =>
  transaction(() => {
    database.exec(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)",
    );
    const rows = database.prepare<[], { name: string }>("SELECT name FROM schema_migrations").all();
    const applied = new Set(rows.map(({ name }) => name));
    const unknown = [...applied].find((name) => !migrations.some((migration) => migration.name === name));
    if (unknown !== undefined) {
      throw new StorageError(
        database.name,
        `was changed by a newer version of threepid or belongs to another server (its schema has "${unknown}")`,
        "run the version that made it, restore the backup from before the upgrade, or name another file",
      );
    }
    const pending = migrations.filter(({ name }) => !applied.has(name));
    const remember = database.prepare("INSERT INTO schema_migrations (name, applied_at) VALUES (?, ?)");
    for (const { name, statements } of pending) {
      for (const sql of statements) database.exec(sql);
      remember.run(name, now);
    }
    return pending.map(({ name }) => name);
  });

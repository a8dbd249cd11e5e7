/** Opens one server's SQLite file, and brings it to the schema of this program. */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { baseMigrations } from "../storage/migrations/base.js";
import type { Migration } from "../storage/migrations/migration.js";
import { openSqlite, type SqliteConnection } from "../storage/sqlite/connection.js";
import { migrate } from "../storage/sqlite/migrate.js";
import { StorageError } from "../storage/sqlite/storage-error.js";

/**
 * The file's folder is made when it is missing. `now` (ms) is noted beside each migration that runs.
 * @throws StorageError when the file cannot be used, with what to do.
 */
export const openDatabase = (file: string, migrations: readonly Migration[], now: number): SqliteConnection => {
  makeFolder(file);
  const connection = openSqlite(file);
  try {
    migrate(connection, [...baseMigrations, ...migrations], now);
  } catch (error) {
    connection.close();
    throw StorageError.explain(file, error);
  }
  return connection;
};

const makeFolder = (file: string): void => {
  if (file === ":memory:") return;
  try {
    // Codes, addresses and keys: nobody but this user reads them.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw StorageError.explain(file, error);
  }
};

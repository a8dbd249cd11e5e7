/** Opens one server's SQLite file, and brings it to the schema of this program. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileInTheWay } from "../config/files.js";
import type { HomeserverOptions, IdentityOptions } from "../config/schema.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import { baseMigrations } from "../storage/migrations/base.js";
import type { Migration } from "../storage/migrations/migration.js";
import { openSqlite, type SqliteConnection, type SqliteOptions } from "../storage/sqlite/connection.js";
import { migrate } from "../storage/sqlite/migrate.js";
import { claimOwnership } from "../storage/sqlite/owning-server.js";
import { StorageError } from "../storage/sqlite/storage-error.js";
import { makeFolder } from "./folder.js";

/**
 * The file's folder is made when it is missing. `now` (ms) is noted beside each migration that runs.
 * @throws StorageError when the file cannot be used, with what to do.
 */
export const openDatabase = (
  file: string,
  migrations: readonly Migration[],
  now: number,
  options: SqliteOptions = {},
): SqliteConnection => {
  if (file !== ":memory:") makeFolderOf(file);
  const connection = openSqlite(file, options);
  orClose(connection, file, () => migrate(connection, [...baseMigrations, ...migrations], now));
  return connection;
};

/** What fails at the beginning leaves nothing open. */
export const orClose = (connection: SqliteConnection, file: string, begin: () => void): void => {
  try {
    begin();
  } catch (error) {
    connection.close();
    throw StorageError.explain(file, error);
  }
};

/** Of a server's section of the configuration: where its data is, and whose it is. */
export type DatabaseOptions = Pick<IdentityOptions | HomeserverOptions, "database" | "server_name">;

/**
 * The same for a server, which says when it begins with nothing: a relative path in another folder than ever leads to a
 * new database, with new keys.
 */
export const openServersDatabase = (
  { database: file, server_name: serverName }: DatabaseOptions,
  migrations: readonly Migration[],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): SqliteConnection => {
  const isNew = file !== ":memory:" && !existsSync(file);
  const connection = openDatabase(file, migrations, clock.now());
  orClose(connection, file, () => claimOwnership(connection, file, serverName));
  if (isNew) log.info("a new database was made: nothing is in it yet", { file: resolve(file) });
  return connection;
};

const makeFolderOf = (file: string): void => {
  const folder = dirname(file);
  const inTheWay = fileInTheWay(folder);
  if (inTheWay !== undefined) {
    const what = `cannot be opened: ${inTheWay} is a file, and a folder is needed there`;
    throw new StorageError(file, what, "choose another path, or move that file away");
  }
  try {
    // Codes, addresses and keys: nobody but this user reads them.
    makeFolder(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = `cannot be opened: its folder cannot be made (${reason})`;
    throw new StorageError(file, what, "choose a path where this user may write", { cause: error });
  }
};

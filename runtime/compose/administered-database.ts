/** Opens the database that a server has made, for what an operator does beside it. */

import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { homeserverMigrations } from "../storage/migrations/homeserver.js";
import { identityMigrations } from "../storage/migrations/identity.js";
import type { Migration } from "../storage/migrations/migration.js";
import type { SqliteConnection } from "../storage/sqlite/connection.js";
import { checkOwner } from "../storage/sqlite/owning-server.js";
import { type DatabaseOptions, openDatabase, orClose } from "./database.js";

/** Whose data it is: the name of the server's section of the configuration. */
export type DatabaseOwner = "identity" | "homeserver";

const migrationsOf: Readonly<Record<DatabaseOwner, readonly Migration[]>> = {
  identity: identityMigrations,
  homeserver: homeserverMigrations,
};

/**
 * Only servers and imports make a database. A command in the wrong folder would otherwise act on a new one, and say
 * that all is well. `now` (ms) is noted beside each migration that runs.
 * @throws Error where there is none, with what to do; StorageError when it cannot be used
 */
export const openAdministered = (
  owner: DatabaseOwner,
  { database: file, server_name: serverName }: DatabaseOptions,
  now: number,
): SqliteConnection => {
  if (file !== ":memory:" && !existsSync(file))
    throw new Error(`there is no database ${resolve(file)}; ${hint(owner, file)}`);
  const connection = openDatabase(file, migrationsOf[owner], now);
  orClose(connection, file, () => checkOwner(connection, file, serverName));
  return connection;
};

const hint = (owner: DatabaseOwner, file: string): string =>
  isAbsolute(file)
    ? `the server makes it when it starts first: start it, or check "${owner}.database"`
    : `a relative "${owner}.database" starts at the folder you are in: run this where the server runs, or write the whole path`;

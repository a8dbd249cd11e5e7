/** Whose data a database holds, by the server's name: what was signed in one name is not another's. */

import type { SqliteConnection } from "./connection.js";
import { StorageError } from "./storage-error.js";

const ofAnother = (file: string, owner: string, serverName: string): StorageError =>
  new StorageError(
    file,
    `is that of ${owner}, and the configuration is for ${serverName}`,
    "name the configuration of that server with --config, or another database in this one",
  );

/** A name for this machine alone: with another port it is the same server. */
const isLocal = (name: string): boolean => /^localhost(?::\d+)?$/.test(name);

/** @throws StorageError when the database is another server's */
export const checkOwner = ({ database }: SqliteConnection, file: string, serverName: string): void => {
  const owner = database.prepare<[], string>("SELECT name FROM owning_server").pluck().get();
  if (owner === undefined || owner === serverName || (isLocal(owner) && isLocal(serverName))) return;
  throw ofAnother(file, owner, serverName);
};

/** Makes it this server's, unless it is another's. It is written in any case: what cannot be written is known at once. */
export const claimOwnership = (connection: SqliteConnection, file: string, serverName: string): void => {
  connection.database
    .prepare<[string]>(
      "INSERT INTO owning_server (only_row, name) VALUES (1, ?) ON CONFLICT DO UPDATE SET name = owning_server.name",
    )
    .run(serverName);
  checkOwner(connection, file, serverName);
};

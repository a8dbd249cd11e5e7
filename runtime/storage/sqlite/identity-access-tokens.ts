/** Access tokens of the identity service in SQLite. Every v2 request reads one. */

import type { AccessTokens } from "../../ports/access-tokens.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteAccessTokens = (connection: SqliteConnection): AccessTokens => {
  const { database, write, reader } = connection;
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO access_tokens (hash, mxid, created_at) VALUES (?, ?, ?)",
  );
  const dropOldest = database.prepare<[string, string, number]>(
    `DELETE FROM access_tokens WHERE hash IN
       (SELECT hash FROM access_tokens WHERE mxid = ? AND hash <> ? ORDER BY created_at DESC LIMIT -1 OFFSET ?)`,
  );
  const selectOwner = reader.database
    .prepare<[string, number], string>("SELECT mxid FROM access_tokens WHERE hash = ? AND created_at > ?")
    .pluck();
  const erase = database.prepare<[string]>("DELETE FROM access_tokens WHERE hash = ?");
  const dropIssuedBefore = dropAged(connection, "access_tokens", "hash", "created_at");
  return {
    add: (hash, mxid, createdAt, most) =>
      write(() => {
        insert.run(hash, mxid, createdAt);
        if (most !== undefined) dropOldest.run(mxid, hash, most - 1);
      }),
    ownerOf: (hash, after = -1) => reader.read(() => selectOwner.get(hash, after)),
    remove: (hash) => write(() => erase.run(hash).changes > 0),
    dropIssued: (until, limit) => dropIssuedBefore(until + 1, limit),
  };
};

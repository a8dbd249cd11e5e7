/** Access tokens of the identity service in SQLite. Every v2 request reads one. */

import type { AccessTokens } from "../../ports/access-tokens.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteAccessTokens = ({ database, write }: SqliteConnection): AccessTokens => {
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO access_tokens (hash, mxid, created_at) VALUES (?, ?, ?)",
  );
  const dropOldest = database.prepare<[string, string, number]>(
    `DELETE FROM access_tokens WHERE hash IN
       (SELECT hash FROM access_tokens WHERE mxid = ? AND hash <> ? ORDER BY created_at DESC LIMIT -1 OFFSET ?)`,
  );
  const selectOwner = database.prepare<[string], string>("SELECT mxid FROM access_tokens WHERE hash = ?").pluck();
  const erase = database.prepare<[string]>("DELETE FROM access_tokens WHERE hash = ?");
  return {
    add: (hash, mxid, createdAt, most) =>
      write(() => {
        insert.run(hash, mxid, createdAt);
        if (most !== undefined) dropOldest.run(mxid, hash, most - 1);
      }),
    ownerOf: async (hash) => selectOwner.get(hash),
    remove: async (hash) => erase.run(hash).changes > 0,
  };
};

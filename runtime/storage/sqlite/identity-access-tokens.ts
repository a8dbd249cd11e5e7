/** Access tokens of the identity service in SQLite. Every v2 request reads one. */

import type { AccessTokens } from "../../ports/access-tokens.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteAccessTokens = ({ database }: SqliteConnection): AccessTokens => {
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO access_tokens (hash, mxid, created_at) VALUES (?, ?, ?)",
  );
  const selectOwner = database.prepare<[string], string>("SELECT mxid FROM access_tokens WHERE hash = ?").pluck();
  const erase = database.prepare<[string]>("DELETE FROM access_tokens WHERE hash = ?");
  return {
    add: async (hash, mxid, createdAt) => {
      insert.run(hash, mxid, createdAt);
    },
    ownerOf: async (hash) => selectOwner.get(hash),
    remove: async (hash) => erase.run(hash).changes > 0,
  };
};

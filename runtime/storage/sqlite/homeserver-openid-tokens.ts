/** OpenID tokens in SQLite. */

import type { OpenIdTokens } from "../../ports/openid-tokens.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteOpenIdTokens = (connection: SqliteConnection): OpenIdTokens => {
  const { database, write } = connection;
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO openid_tokens (hash, mxid, expires_at) VALUES (?, ?, ?)",
  );
  const selectOwner = database
    .prepare<[string, number], string>("SELECT mxid FROM openid_tokens WHERE hash = ? AND expires_at > ?")
    .pluck();
  return {
    add: (hash, mxid, expiresAt) => write(() => void insert.run(hash, mxid, expiresAt)),
    ownerOf: async (hash, now) => selectOwner.get(hash, now),
    dropExpiredBefore: dropAged(connection, "openid_tokens", "hash", "expires_at"),
  };
};

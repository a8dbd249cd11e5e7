/** What only an identity server keeps. Times are milliseconds since 1970; addresses are canonical. */

import type { Migration } from "./migration.js";

export const identityMigrations: readonly Migration[] = [
  {
    name: "identity/0001-associations",
    statements: [
      `CREATE TABLE associations (
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        mxid TEXT NOT NULL,
        ts INTEGER NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        signatures TEXT NOT NULL,
        PRIMARY KEY (medium, address)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: "identity/0002-invites",
    statements: [
      `CREATE TABLE invites (
        id INTEGER PRIMARY KEY,
        token TEXT NOT NULL UNIQUE,
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        room_id TEXT NOT NULL,
        sender TEXT NOT NULL,
        ephemeral_public_key TEXT NOT NULL UNIQUE,
        details TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        claimed_by TEXT,
        claimed_at INTEGER
      ) STRICT`,
      "CREATE INDEX invites_by_threepid ON invites (medium, address, claimed_by)",
    ],
  },
  {
    name: "identity/0003-access-tokens",
    statements: [
      `CREATE TABLE access_tokens (
        hash TEXT NOT NULL PRIMARY KEY,
        mxid TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX access_tokens_by_mxid ON access_tokens (mxid)",
    ],
  },
  {
    name: "identity/0004-accepted-terms",
    statements: [
      `CREATE TABLE accepted_terms (
        mxid TEXT NOT NULL,
        url TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        PRIMARY KEY (mxid, url)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: "identity/0005-lookup-hashes",
    statements: [
      `CREATE TABLE lookup_peppers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        pepper TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL
      ) STRICT`,
      // One row: which pepper clients hash with. Changing it is the whole switch.
      `CREATE TABLE lookup_state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        current_pepper INTEGER NOT NULL REFERENCES lookup_peppers (id)
      ) STRICT`,
      // The row carries the mxid itself, so that a lookup is one seek whatever the number of associations.
      `CREATE TABLE lookup_hashes (
        pepper INTEGER NOT NULL,
        hash BLOB NOT NULL,
        mxid TEXT NOT NULL,
        PRIMARY KEY (pepper, hash)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
];

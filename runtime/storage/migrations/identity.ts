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
  {
    name: "identity/0006-pepper-rotation",
    statements: [
      "ALTER TABLE lookup_state RENAME TO former_lookup_state",
      // One row: which pepper clients hash with, which one comes next, and up to which threepid that one's hashes are
      // there. Making the next one current changes this row alone. At the very first there is only a next one.
      `CREATE TABLE lookup_state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        current_pepper INTEGER REFERENCES lookup_peppers (id),
        next_pepper INTEGER REFERENCES lookup_peppers (id),
        hashed_medium TEXT NOT NULL DEFAULT '',
        hashed_address TEXT NOT NULL DEFAULT '',
        hashed INTEGER NOT NULL DEFAULT 0,
        worked_at INTEGER NOT NULL DEFAULT 0
      ) STRICT`,
      "INSERT INTO lookup_state (only_row, current_pepper) SELECT only_row, current_pepper FROM former_lookup_state",
      "DROP TABLE former_lookup_state",
    ],
  },
  {
    name: "identity/0007-invite-lifetimes",
    statements: [
      "ALTER TABLE invites ADD COLUMN expires_at INTEGER",
      "ALTER TABLE invites ADD COLUMN delivered_at INTEGER",
      "CREATE INDEX invites_by_expiry ON invites (expires_at) WHERE expires_at IS NOT NULL",
    ],
  },
  {
    name: "identity/0008-imports",
    statements: [
      // What was taken over from another server, by digest: what is in here is never taken over again.
      "CREATE TABLE imported_facts (digest BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
      // Keys that were given out there, each in exactly the spelling in which it was. Whose they were was not kept.
      `CREATE TABLE imported_ephemeral_keys (
        public_key TEXT NOT NULL PRIMARY KEY,
        made_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: "identity/0009-addresses-of-invite-mails",
    statements: [
      // Those that waited before entries named their address: without it they would outlive its erasure.
      `UPDATE outbox SET medium = 'email', address = lower(json_extract(payload, '$.to'))
        WHERE kind = 'invite-mail' AND address IS NULL AND json_valid(payload)`,
    ],
  },
  {
    name: "identity/0010-ages-of-access-tokens",
    statements: ["CREATE INDEX access_tokens_by_age ON access_tokens (created_at)"],
  },
  {
    name: "identity/0011-changes-of-lookups",
    // Another number after each change of who is found by a hash. Rotations, which change nobody, leave it.
    statements: ["ALTER TABLE lookup_state ADD COLUMN change_mark INTEGER NOT NULL DEFAULT 0"],
  },
];

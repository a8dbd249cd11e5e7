/** What only a homeserver keeps. Times are milliseconds since 1970; addresses are canonical. */

import type { Migration } from "./migration.js";

export const homeserverMigrations: readonly Migration[] = [
  {
    name: "homeserver/0001-accounts",
    statements: [
      `CREATE TABLE accounts (
        mxid TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('user', 'guest')),
        password_hash TEXT,
        created_at INTEGER NOT NULL,
        deactivated_at INTEGER
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE devices (
        mxid TEXT NOT NULL REFERENCES accounts (mxid),
        device_id TEXT NOT NULL,
        display_name TEXT,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (mxid, device_id)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE account_tokens (
        hash TEXT NOT NULL PRIMARY KEY,
        mxid TEXT NOT NULL,
        device_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        FOREIGN KEY (mxid, device_id) REFERENCES devices (mxid, device_id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX account_tokens_by_device ON account_tokens (mxid, device_id)",
    ],
  },
  {
    name: "homeserver/0002-threepids",
    statements: [
      `CREATE TABLE account_threepids (
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        mxid TEXT NOT NULL REFERENCES accounts (mxid),
        validated_at INTEGER NOT NULL,
        added_at INTEGER NOT NULL,
        PRIMARY KEY (medium, address)
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX account_threepids_by_mxid ON account_threepids (mxid)",
      `CREATE TABLE account_bindings (
        mxid TEXT NOT NULL REFERENCES accounts (mxid),
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        id_server TEXT NOT NULL,
        PRIMARY KEY (mxid, medium, address, id_server)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: "homeserver/0003-interactive-sessions",
    statements: [
      `CREATE TABLE interactive_sessions (
        hash TEXT NOT NULL PRIMARY KEY,
        operation TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
        pending TEXT
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX interactive_sessions_by_age ON interactive_sessions (created_at)",
      `CREATE TABLE interactive_parts (
        hash TEXT NOT NULL REFERENCES interactive_sessions (hash) ON DELETE CASCADE,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (hash, name)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE interactive_stages (
        hash TEXT NOT NULL REFERENCES interactive_sessions (hash) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        stage TEXT NOT NULL,
        outcome TEXT NOT NULL,
        PRIMARY KEY (hash, position),
        UNIQUE (hash, stage)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: "homeserver/0004-validations",
    statements: [
      // id_server is empty for the homeserver's own sessions: NULL would never collide with itself.
      `CREATE TABLE spent_validations (
        id_server TEXT NOT NULL,
        sid TEXT NOT NULL,
        spent_at INTEGER NOT NULL,
        PRIMARY KEY (id_server, sid)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE validation_purposes (
        sid TEXT NOT NULL PRIMARY KEY,
        purpose TEXT NOT NULL CHECK (purpose IN ('register', 'password', 'add')),
        assigned_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX validation_purposes_by_age ON validation_purposes (assigned_at)",
    ],
  },
  {
    name: "homeserver/0005-delegated-sessions",
    statements: [
      `CREATE TABLE delegated_sessions (
        sid TEXT NOT NULL,
        medium TEXT NOT NULL,
        secret_hash TEXT NOT NULL,
        id_server TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        PRIMARY KEY (sid, medium, secret_hash)
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX delegated_sessions_by_age ON delegated_sessions (recorded_at)",
    ],
  },
  {
    name: "homeserver/0006-age-of-spent-validations",
    statements: ["CREATE INDEX spent_validations_by_age ON spent_validations (spent_at)"],
  },
  {
    name: "homeserver/0007-offers",
    // What was open before is over within a day, and goes on until then without pages of its own.
    statements: [`ALTER TABLE interactive_sessions ADD COLUMN offer TEXT NOT NULL DEFAULT '{"flows":[]}'`],
  },
  {
    name: "homeserver/0008-registration-tokens",
    statements: [
      `CREATE TABLE registration_tokens (
        token TEXT NOT NULL PRIMARY KEY,
        uses_allowed INTEGER CHECK (completed <= uses_allowed),
        completed INTEGER NOT NULL DEFAULT 0,
        expires_at INTEGER,
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE registration_token_reservations (
        hash TEXT NOT NULL PRIMARY KEY REFERENCES interactive_sessions (hash) ON DELETE CASCADE,
        token TEXT NOT NULL REFERENCES registration_tokens (token) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX registration_token_reservations_by_token ON registration_token_reservations (token)",
    ],
  },
  {
    name: "homeserver/0009-refresh-tokens",
    statements: [
      "ALTER TABLE accounts ADD COLUMN locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1))",
      "ALTER TABLE account_tokens ADD COLUMN expires_at INTEGER",
      "ALTER TABLE account_tokens ADD COLUMN refresh_hash TEXT",
      "ALTER TABLE account_tokens ADD COLUMN refresh_expires_at INTEGER",
      // The hash of the tokens that these were given for, until the first use of these ends those.
      "ALTER TABLE account_tokens ADD COLUMN succeeds TEXT",
      "CREATE UNIQUE INDEX account_tokens_by_refresh ON account_tokens (refresh_hash) WHERE refresh_hash IS NOT NULL",
      "CREATE UNIQUE INDEX account_tokens_by_predecessor ON account_tokens (succeeds) WHERE succeeds IS NOT NULL",
    ],
  },
  {
    name: "homeserver/0010-bindings-beside-accounts",
    statements: [
      // Without a reference to accounts: those may be kept elsewhere.
      `CREATE TABLE bindings (
        mxid TEXT NOT NULL,
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        id_server TEXT NOT NULL,
        PRIMARY KEY (mxid, medium, address, id_server)
      ) STRICT, WITHOUT ROWID`,
      "INSERT INTO bindings SELECT mxid, medium, address, id_server FROM account_bindings",
      "DROP TABLE account_bindings",
      "ALTER TABLE bindings RENAME TO account_bindings",
    ],
  },
  {
    name: "homeserver/0011-openid-tokens",
    statements: [
      `CREATE TABLE openid_tokens (
        hash TEXT NOT NULL PRIMARY KEY,
        mxid TEXT NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      "CREATE INDEX openid_tokens_by_age ON openid_tokens (expires_at)",
    ],
  },
  {
    name: "homeserver/0012-accepted-policies",
    statements: [
      // Without a reference to accounts: those may be kept elsewhere.
      `CREATE TABLE accepted_policies (
        mxid TEXT NOT NULL,
        policy TEXT NOT NULL,
        version TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        PRIMARY KEY (mxid, policy, version)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: "homeserver/0013-replaced-refresh-tokens",
    statements: [
      // The one before the present one, so that who presents it is told that the device is still there.
      "ALTER TABLE account_tokens ADD COLUMN replaced_refresh_hash TEXT",
      `CREATE INDEX account_tokens_by_replaced_refresh ON account_tokens (replaced_refresh_hash)
        WHERE replaced_refresh_hash IS NOT NULL`,
    ],
  },
  {
    name: "homeserver/0014-bounded-devices",
    statements: [
      "ALTER TABLE devices ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0",
      `UPDATE devices SET used_at = coalesce(
        (SELECT max(created_at) FROM account_tokens
          WHERE account_tokens.mxid = devices.mxid AND account_tokens.device_id = devices.device_id),
        created_at)`,
      // From then on neither token is good; NULL where one of them lasts.
      `ALTER TABLE account_tokens ADD COLUMN ends_at INTEGER GENERATED ALWAYS AS (
        CASE WHEN refresh_hash IS NULL THEN expires_at ELSE max(expires_at, refresh_expires_at) END) VIRTUAL`,
      "CREATE INDEX account_tokens_by_end ON account_tokens (ends_at) WHERE ends_at IS NOT NULL",
    ],
  },
  {
    name: "homeserver/0015-tokens-of-delegated-sessions",
    statements: ["ALTER TABLE delegated_sessions ADD COLUMN sealed_token TEXT"],
  },
  {
    name: "homeserver/0016-sealed-stages",
    // What they held in the clear could not be sealed under names that are not kept: whoever has one open starts again.
    statements: ["DELETE FROM interactive_sessions"],
  },
];

import type { Migration } from "./migration.js";

/** The tables that both servers have. */
export const baseMigrations: readonly Migration[] = [
  {
    name: "base/0001-validation-sessions",
    statements: [
      `CREATE TABLE validation_sessions (
        sid TEXT NOT NULL PRIMARY KEY,
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        destination TEXT NOT NULL,
        client_secret TEXT NOT NULL,
        token TEXT NOT NULL,
        next_link TEXT,
        send_attempt BIGINT,
        wrong_tokens INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        changed_at BIGINT NOT NULL,
        validated_at BIGINT,
        superseded INTEGER NOT NULL
      ) WITHOUT ROWID`,
      // One living session for each address and secret; ended ones stay, so that their sid is still explained.
      `CREATE UNIQUE INDEX validation_sessions_living ON validation_sessions (address, client_secret, medium)
        WHERE superseded = 0`,
      // Old sessions are found by a column that never changes, so that validating one writes no index.
      "CREATE INDEX validation_sessions_created ON validation_sessions (created_at)",
    ],
  },
  {
    name: "base/0002-signing-keys",
    statements: [
      `CREATE TABLE signing_keys (
        key_id TEXT NOT NULL PRIMARY KEY,
        seed TEXT NOT NULL,
        public_key TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        retired_at BIGINT
      )`,
    ],
  },
  {
    name: "base/0003-outbox",
    statements: [
      `CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        due_at BIGINT,
        attempts INTEGER NOT NULL DEFAULT 0,
        lease TEXT,
        last_error TEXT,
        abandoned_at BIGINT
      )`,
      "CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL",
    ],
  },
  {
    name: "base/0004-outbox-abandoned",
    statements: ["CREATE INDEX outbox_abandoned ON outbox (abandoned_at) WHERE abandoned_at IS NOT NULL"],
  },
  {
    name: "base/0005-outbox-destinations",
    statements: [
      "ALTER TABLE outbox ADD COLUMN added_at BIGINT",
      "ALTER TABLE outbox ADD COLUMN destination TEXT",
      "ALTER TABLE outbox ADD COLUMN topic TEXT",
      "ALTER TABLE outbox ADD COLUMN medium TEXT",
      "ALTER TABLE outbox ADD COLUMN address TEXT",
      "DROP INDEX outbox_due",
      "CREATE INDEX outbox_due ON outbox (kind, due_at) WHERE due_at IS NOT NULL",
      // Who waits for one destination, in order: the first has a due_at, those behind it have none.
      `CREATE INDEX outbox_by_destination ON outbox (destination, kind, id)
        WHERE destination IS NOT NULL AND abandoned_at IS NULL`,
      "CREATE INDEX outbox_by_topic ON outbox (topic, kind) WHERE topic IS NOT NULL",
      "CREATE INDEX outbox_by_threepid ON outbox (address, medium) WHERE address IS NOT NULL",
    ],
  },
  {
    name: "base/0006-sessions-by-threepid",
    statements: [
      // The living ones have an index already; these are few.
      "CREATE INDEX validation_sessions_superseded ON validation_sessions (address, medium) WHERE superseded = 1",
    ],
  },
  {
    name: "base/0007-outbox-standings",
    statements: [
      // 0 where the destination answered last time, 1 where that is not known, 2 where it failed again and again.
      "ALTER TABLE outbox ADD COLUMN standing INTEGER NOT NULL DEFAULT 1",
      "UPDATE outbox SET standing = 2 WHERE attempts > 1",
      "DROP INDEX outbox_due",
      "CREATE INDEX outbox_due ON outbox (kind, standing, due_at) WHERE due_at IS NOT NULL",
      `CREATE TABLE proven_destinations (
        destination TEXT NOT NULL,
        kind TEXT NOT NULL,
        answered_at BIGINT NOT NULL,
        PRIMARY KEY (destination, kind)
      ) WITHOUT ROWID`,
      "CREATE INDEX proven_destinations_by_age ON proven_destinations (answered_at)",
    ],
  },
  {
    name: "base/0008-owning-server",
    statements: [
      "CREATE TABLE owning_server (only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1), name TEXT NOT NULL)",
    ],
  },
];

/** Where sessions are kept that the homeserver left to identity servers, in SQLite. */

import type { DelegatedSessions } from "../../ports/delegated-sessions.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteDelegatedSessions = (connection: SqliteConnection): DelegatedSessions => {
  const { database } = connection;
  const upsert = database.prepare<[string, string, string, string, number]>(
    `INSERT INTO delegated_sessions (sid, medium, secret_hash, id_server, recorded_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (sid, medium, secret_hash) DO UPDATE SET id_server = excluded.id_server, recorded_at = excluded.recorded_at`,
  );
  const select = database
    .prepare<[string, string, string], string>(
      "SELECT id_server FROM delegated_sessions WHERE sid = ? AND medium = ? AND secret_hash = ?",
    )
    .pluck();
  return {
    record: async ({ sid, medium, secretHash }, idServer, at) => {
      upsert.run(sid, medium, secretHash, idServer, at);
    },
    keeperOf: async ({ sid, medium, secretHash }) => select.get(sid, medium, secretHash),
    dropRecordedBefore: dropAged(connection, "delegated_sessions", "sid, medium, secret_hash", "recorded_at"),
  };
};

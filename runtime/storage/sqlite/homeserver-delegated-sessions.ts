/** Where sessions are kept that the homeserver left to identity servers, in SQLite. */

import type { DelegatedSessions } from "../../ports/delegated-sessions.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";

interface KeeperRow {
  readonly id_server: string;
  readonly sealed_token: string | null;
}

export const sqliteDelegatedSessions = (connection: SqliteConnection): DelegatedSessions => {
  const { database } = connection;
  const upsert = database.prepare<[string, string, string, string, string | null, number]>(
    `INSERT INTO delegated_sessions (sid, medium, secret_hash, id_server, sealed_token, recorded_at)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (sid, medium, secret_hash) DO UPDATE SET
       id_server = excluded.id_server, sealed_token = excluded.sealed_token, recorded_at = excluded.recorded_at`,
  );
  const select = database.prepare<[string, string, string], KeeperRow>(
    "SELECT id_server, sealed_token FROM delegated_sessions WHERE sid = ? AND medium = ? AND secret_hash = ?",
  );
  return {
    record: async ({ sid, medium, secretHash }, { idServer, sealedToken }, at) => {
      upsert.run(sid, medium, secretHash, idServer, sealedToken ?? null, at);
    },
    keeperOf: async ({ sid, medium, secretHash }) => {
      const row = select.get(sid, medium, secretHash);
      return row && { idServer: row.id_server, sealedToken: row.sealed_token ?? undefined };
    },
    dropRecordedBefore: dropAged(connection, "delegated_sessions", "sid, medium, secret_hash", "recorded_at"),
  };
};

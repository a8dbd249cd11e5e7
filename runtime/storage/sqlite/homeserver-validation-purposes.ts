/** What the homeserver's own validation sessions were requested for, in SQLite. */

import type { ValidationPurpose, ValidationPurposes } from "../../ports/validation-purposes.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteValidationPurposes = (connection: SqliteConnection): ValidationPurposes => {
  const { database } = connection;
  const insert = database.prepare<[string, string, number]>(
    "INSERT OR IGNORE INTO validation_purposes (sid, purpose, assigned_at) VALUES (?, ?, ?)",
  );
  const select = database
    .prepare<[string], ValidationPurpose>("SELECT purpose FROM validation_purposes WHERE sid = ?")
    .pluck();
  // What was superseded has ended.
  const endSessions = database.prepare<[string, string, string]>(
    `DELETE FROM validation_sessions
     WHERE address = ? AND medium = ? AND superseded = 0
       AND sid IN (SELECT sid FROM validation_purposes WHERE purpose = ? AND sid = validation_sessions.sid)`,
  );
  return {
    assign: async (sid, purpose, at) => {
      insert.run(sid, purpose, at);
      return select.get(sid) === purpose;
    },
    purposeOf: async (sid) => select.get(sid),
    endSessions: async (purpose, { medium, address }) => {
      endSessions.run(address, medium, purpose);
    },
    dropAssignedBefore: dropAged(connection, "validation_purposes", "sid", "assigned_at"),
  };
};

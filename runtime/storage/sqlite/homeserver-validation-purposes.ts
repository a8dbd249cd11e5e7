/** What the homeserver's own validation sessions were requested for, in SQLite. */

import type { ValidationPurpose, ValidationPurposes } from "../../ports/validation-purposes.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteValidationPurposes = <Schema>({ database }: SqliteConnection<Schema>): ValidationPurposes => {
  const insert = database.prepare<[string, string, number]>(
    "INSERT OR IGNORE INTO validation_purposes (sid, purpose, assigned_at) VALUES (?, ?, ?)",
  );
  const select = database
    .prepare<[string], ValidationPurpose>("SELECT purpose FROM validation_purposes WHERE sid = ?")
    .pluck();
  const dropBefore = database.prepare<[number]>("DELETE FROM validation_purposes WHERE assigned_at < ?");
  return {
    assign: async (sid, purpose, at) => {
      insert.run(sid, purpose, at);
      return select.get(sid) === purpose;
    },
    purposeOf: async (sid) => select.get(sid),
    dropAssignedBefore: async (ts) => {
      dropBefore.run(ts);
    },
  };
};

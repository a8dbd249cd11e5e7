/** What the homeserver's own validation sessions were requested for, in SQLite. */

import type { ValidationPurposes } from "../../ports/validation-purposes.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteValidationPurposes = <Schema>({ database }: SqliteConnection<Schema>): ValidationPurposes => {
  const insert = database.prepare<[string, string, number]>(
    "INSERT OR IGNORE INTO validation_purposes (sid, purpose, allowed_at) VALUES (?, ?, ?)",
  );
  const select = database
    .prepare<[string, string], number>("SELECT 1 FROM validation_purposes WHERE sid = ? AND purpose = ?")
    .pluck();
  const dropBefore = database.prepare<[number]>("DELETE FROM validation_purposes WHERE allowed_at < ?");
  return {
    allow: async (sid, purpose, at) => {
      insert.run(sid, purpose, at);
    },
    isAllowed: async (sid, purpose) => select.get(sid, purpose) !== undefined,
    dropAllowedBefore: async (ts) => {
      dropBefore.run(ts);
    },
  };
};

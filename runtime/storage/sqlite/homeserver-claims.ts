/** What operations were authorised by, each for one of them, in SQLite. */

import type { Claims } from "../../ports/claims.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";
import { orRefuse, outcomeOf, Refusal } from "./refusal.js";

/** How the homeserver's own sessions are kept: NULL would never collide with itself. */
const keeperOf = (idServer: string | undefined): string => idServer ?? "";

export const sqliteClaims = (connection: SqliteConnection): Claims => {
  const { database, transaction } = connection;
  const markUsed = database.prepare<[number, string, number]>(
    "UPDATE interactive_sessions SET used = ? WHERE hash = ? AND used = ?",
  );
  const spend = database.prepare<[string, string, number]>(
    "INSERT INTO spent_validations (id_server, sid, spent_at) VALUES (?, ?, ?)",
  );
  const giveBack = database.prepare<[string, string]>("DELETE FROM spent_validations WHERE id_server = ? AND sid = ?");
  const selectSpent = database
    .prepare<[string, string], number>("SELECT 1 FROM spent_validations WHERE id_server = ? AND sid = ?")
    .pluck();

  return {
    reserve: async ({ interactiveSession, provenSessions }, at) =>
      outcomeOf(() =>
        transaction(() => {
          if (interactiveSession !== undefined && markUsed.run(1, interactiveSession, 0).changes !== 1) {
            throw new Refusal("spent");
          }
          for (const { idServer, sid } of provenSessions) {
            orRefuse("spent", () => spend.run(keeperOf(idServer), sid, at));
          }
          return "reserved" as const;
        }),
      ),
    release: async ({ interactiveSession, provenSessions }) =>
      transaction(() => {
        if (interactiveSession !== undefined) markUsed.run(0, interactiveSession, 1);
        for (const { idServer, sid } of provenSessions) giveBack.run(keeperOf(idServer), sid);
      }),
    isSpent: async ({ idServer, sid }) => selectSpent.get(keeperOf(idServer), sid) !== undefined,
    dropSpentBefore: dropAged(connection, "spent_validations", "id_server, sid", "spent_at"),
  };
};

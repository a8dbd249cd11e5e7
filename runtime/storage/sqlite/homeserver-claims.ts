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
  // What was superseded has ended.
  const selectStanding = database
    .prepare<[string], number>("SELECT 1 FROM validation_sessions WHERE sid = ? AND superseded = 0")
    .pluck();
  const giveBack = database.prepare<[string, string]>("DELETE FROM spent_validations WHERE id_server = ? AND sid = ?");
  const selectSpent = database
    .prepare<[string, string], number>("SELECT 1 FROM spent_validations WHERE id_server = ? AND sid = ?")
    .pluck();

  // The use was kept for the session; whoever revokes a token takes that back, too.
  const countUse = database.prepare<{ token: string; session: string | null }>(
    `UPDATE registration_tokens SET completed = completed + 1
     WHERE token = @token AND (uses_allowed IS NULL OR completed < uses_allowed)
       AND EXISTS (SELECT 1 FROM registration_token_reservations AS kept
         WHERE kept.token = registration_tokens.token AND kept.hash = @session)`,
  );
  const discountUse = database.prepare<[string]>(
    "UPDATE registration_tokens SET completed = completed - 1 WHERE token = ? AND completed > 0",
  );

  return {
    reserve: async ({ interactiveSession, provenSessions, registrationToken: token }, at) =>
      outcomeOf<"reserved" | "spent" | "token-ended">(() =>
        transaction(() => {
          if (interactiveSession !== undefined && markUsed.run(1, interactiveSession, 0).changes !== 1) {
            throw new Refusal("spent");
          }
          for (const { idServer, sid } of provenSessions) {
            if (idServer === undefined && selectStanding.get(sid) === undefined) throw new Refusal("spent");
            orRefuse("spent", () => spend.run(keeperOf(idServer), sid, at));
          }
          if (token !== undefined && countUse.run({ token, session: interactiveSession ?? null }).changes !== 1) {
            throw new Refusal("token-ended");
          }
          return "reserved" as const;
        }),
      ),
    release: async ({ interactiveSession, provenSessions, registrationToken }) =>
      transaction(() => {
        if (interactiveSession !== undefined) markUsed.run(0, interactiveSession, 1);
        for (const { idServer, sid } of provenSessions) giveBack.run(keeperOf(idServer), sid);
        if (registrationToken !== undefined) discountUse.run(registrationToken);
      }),
    isSpent: async ({ idServer, sid }) => selectSpent.get(keeperOf(idServer), sid) !== undefined,
    dropSpentBefore: dropAged(connection, "spent_validations", "id_server, sid", "spent_at"),
  };
};

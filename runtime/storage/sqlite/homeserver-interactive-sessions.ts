/** Sessions of user-interactive authentication in SQLite. */

import type { CompletedStage, InteractiveSessions } from "../../ports/interactive-sessions.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";
import { isUniqueViolation, outcomeOf, Refusal } from "./refusal.js";

interface SessionRow {
  readonly operation: string;
  readonly offer: string;
  readonly created_at: number;
  readonly used: number;
  readonly pending: string | null;
}

export const sqliteInteractiveSessions = (connection: SqliteConnection): InteractiveSessions => {
  const { database, transaction } = connection;
  const insert = database.prepare<[string, string, string, number]>(
    "INSERT INTO interactive_sessions (hash, operation, offer, created_at) VALUES (?, ?, ?, ?)",
  );
  const select = database.prepare<[string], SessionRow>(
    "SELECT operation, offer, created_at, used, pending FROM interactive_sessions WHERE hash = ?",
  );
  const selectStages = database.prepare<[string], CompletedStage>(
    "SELECT stage, outcome FROM interactive_stages WHERE hash = ? ORDER BY position",
  );
  // Parts and stages are written by selecting the session: one that was dropped meanwhile takes neither.
  const insertPart = database.prepare<[string, string, string]>(
    "INSERT OR IGNORE INTO interactive_parts (hash, name, digest) SELECT hash, ?, ? FROM interactive_sessions WHERE hash = ?",
  );
  const selectDigest = database
    .prepare<[string, string], string>("SELECT digest FROM interactive_parts WHERE hash = ? AND name = ?")
    .pluck();
  const insertStage = database.prepare<[number, string, string, string]>(
    `INSERT INTO interactive_stages (hash, position, stage, outcome)
     SELECT hash, ?, ?, ? FROM interactive_sessions WHERE hash = ? AND used = 0`,
  );
  const deleteStages = database.prepare<[string, string, string, string]>(
    `DELETE FROM interactive_stages WHERE hash = ? AND position >=
       (SELECT position FROM interactive_stages WHERE hash = ? AND stage = ? AND outcome = ?)`,
  );
  const updatePending = database.prepare<[string | null, string]>(
    "UPDATE interactive_sessions SET pending = ? WHERE hash = ?",
  );

  return {
    open: async ({ hash, operation, offer, createdAt }) => {
      insert.run(hash, operation, offer, createdAt);
    },
    find: async (hash) => {
      const row = select.get(hash);
      if (row === undefined) return undefined;
      return {
        operation: row.operation,
        offer: row.offer,
        createdAt: row.created_at,
        used: row.used === 1,
        completed: selectStages.all(hash),
        pending: row.pending ?? undefined,
      };
    },
    bind: async (hash, parts) =>
      outcomeOf(() =>
        transaction(() => {
          for (const [name, digest] of parts) insertPart.run(name, digest, hash);
          const bound = [...parts].every(([name, digest]) => selectDigest.get(hash, name) === digest);
          // Nothing of a request that is another one may stay with the session.
          if (!bound) throw new Refusal("other");
          return "bound";
        }),
      ) === "bound",
    complete: async (hash, position, { stage, outcome }) => {
      try {
        return transaction(() => {
          if (insertStage.run(position, stage, outcome, hash).changes === 0) return false;
          updatePending.run(null, hash);
          return true;
        });
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    reopen: async (hash, { stage, outcome }) => {
      deleteStages.run(hash, hash, stage, outcome);
    },
    keepPending: async (hash, attempt) => {
      updatePending.run(attempt, hash);
    },
    dropOpenedBefore: dropAged(connection, "interactive_sessions", "hash", "created_at"),
  };
};

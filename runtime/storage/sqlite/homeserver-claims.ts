/** Using up what an operation was authorised by, inside the transaction that carries the operation out. */

import type { Claims, ProvenSession } from "../../ports/accounts.js";
import type { SqliteConnection } from "./connection.js";

/** Thrown inside a transaction to roll it back with an outcome instead of an error. */
export class Refusal<Outcome extends string> extends Error {
  override readonly name = "Refusal";
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome);
    this.outcome = outcome;
  }
}

/** Whether an error of SQLite says that a unique constraint stood in the way. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  (error.code === "SQLITE_CONSTRAINT_PRIMARYKEY" || error.code === "SQLITE_CONSTRAINT_UNIQUE");

/** Runs an insert; where a unique constraint refuses it, the transaction ends with this outcome. */
export const orRefuse = <Outcome extends string>(outcome: Outcome, insert: () => void): void => {
  try {
    insert();
  } catch (error) {
    throw isUniqueViolation(error) ? new Refusal(outcome) : error;
  }
};

/** The outcome of a transaction, whether it was reached or refused on the way. */
export const outcomeOf = <Outcome extends string>(work: () => Outcome): Outcome => {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error.outcome as Outcome; // only the work itself throws one, with an outcome of its own
    throw error;
  }
};

export interface SqliteClaims {
  /** To be called within a transaction. Throws a `spent` {@link Refusal}. */
  use(claims: Claims, at: number): void;
  isSpent(session: ProvenSession): boolean;
}

export const sqliteClaims = ({ database }: SqliteConnection): SqliteClaims => {
  const useSession = database.prepare<[string]>("UPDATE interactive_sessions SET used = 1 WHERE hash = ? AND used = 0");
  const spend = database.prepare<[string, string, number]>(
    "INSERT INTO spent_validations (id_server, sid, spent_at) VALUES (?, ?, ?)",
  );
  const endSession = database.prepare<[string]>("DELETE FROM validation_sessions WHERE sid = ?");
  const selectSpent = database
    .prepare<[string, string], number>("SELECT 1 FROM spent_validations WHERE id_server = ? AND sid = ?")
    .pluck();
  return {
    use({ interactiveSession, provenSessions }, at) {
      if (interactiveSession !== undefined && useSession.run(interactiveSession).changes !== 1) {
        throw new Refusal("spent");
      }
      for (const { idServer, sid } of provenSessions) {
        orRefuse("spent", () => spend.run(idServer ?? "", sid, at));
        if (idServer === undefined) endSession.run(sid);
      }
    },
    isSpent: ({ idServer, sid }) => selectSpent.get(idServer ?? "", sid) !== undefined,
  };
};

/** Transactions that end with an outcome instead of an error when something stands in the way. */

/** Thrown inside a transaction to roll it back. */
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

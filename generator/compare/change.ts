/** What a caller of the API notices of a change. */
export type Severity = "breaking" | "additive" | "documentation";

/**
 * Which way a value travels. What callers send may become wider without harm, what they receive may become narrower.
 */
export type Direction = "request" | "response";

/** One difference between two versions of an API. */
export interface Change {
  readonly severity: Severity;
  /** Of what is asked, or of what is answered; absent where it is of the operation itself, such as its path. */
  readonly direction?: Direction;
  /** Where in the operation: `request body /client_secret`. */
  readonly where: string;
  /** What is different, in words. */
  readonly what: string;
  /** The same without the operation, where that reads otherwise: what a schema says is the same wherever it is used. */
  readonly shared?: string;
}

export const narrowed = (direction: Direction): Severity => (direction === "request" ? "breaking" : "additive");
export const widened = (direction: Direction): Severity => (direction === "request" ? "additive" : "breaking");

const rank: Readonly<Record<Severity, number>> = { breaking: 0, additive: 1, documentation: 2 };

/** The gravest of several changes. */
export function gravest(changes: readonly Change[]): Severity {
  return changes.reduce<Severity>(
    (worst, { severity }) => (rank[severity] < rank[worst] ? severity : worst),
    "documentation",
  );
}

/** The gravest first. */
export const byRank = (a: Pick<Change, "severity">, b: Pick<Change, "severity">): number =>
  rank[a.severity] - rank[b.severity];

/** What became of the rows of an import. */

import { hash } from "node:crypto";
import { canonicalJson, type JsonValue } from "../../protocol/canonical-json.js";

/** The kinds of rows, in the order in which they are taken over. */
export const kinds = [
  "signingKeys",
  "lookupPeppers",
  "associations",
  "accounts",
  "accessTokens",
  "acceptedTerms",
  "validationSessions",
  "invites",
  "ephemeralKeys",
  "peers",
] as const;

export type Kind = (typeof kinds)[number];

export interface Tally {
  /** How many there are in the database that is read. */
  readonly found: number;
  /** How many changed something in ours. */
  readonly changed: number;
  /** How many were not taken over, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Counts one kind of rows. */
export interface Count {
  found(rows?: number): void;
  changed(did: boolean): void;
  leftOut(because: string, rows?: number): void;
  readonly tally: Tally;
}

export const counting = (tell: (found: number) => void = () => undefined): Count => {
  let found = 0;
  let changed = 0;
  const leftOut = new Map<string, number>();
  return {
    found: (rows = 1) => {
      found += rows;
      tell(found);
    },
    changed: (did) => {
      if (did) changed += 1;
    },
    leftOut: (because, rows = 1) => {
      if (rows > 0) leftOut.set(because, (leftOut.get(because) ?? 0) + rows);
    },
    get tally() {
      return { found, changed, leftOut: Object.fromEntries(leftOut) };
    },
  };
};

/**
 * By what a fact is remembered: enough of a SHA-256 that no two are taken for one. Whoever can guess a fact finds it, so
 * there must be no address in it.
 */
export const digestOf = (...fact: readonly JsonValue[]): Uint8Array =>
  hash("sha256", canonicalJson(fact), "buffer").subarray(0, 16);

/** What is told of the changes of a service: once what many operations share, then what is one operation's own. */

import { byRank, type Change, gravest, type Severity } from "./change.js";
import type { OperationChanges, ServiceChanges } from "./changes.js";

/** From this many operations on, one change is told once. */
const many = 3;

/** A change that several operations share: of a schema that they use, or the same words at each. */
export interface SharedChange {
  readonly severity: Severity;
  readonly what: string;
  readonly operations: readonly string[];
}

/** What happened at one place of an operation, or at several places alike. */
export interface Line {
  readonly severity: Severity;
  readonly text: string;
}

export interface ToldOperation {
  readonly operation: string;
  readonly severity: Severity;
  readonly lines: readonly Line[];
}

export interface ToldService {
  readonly service: string;
  readonly isNew: boolean;
  readonly removed: readonly OperationChanges[];
  readonly added: readonly OperationChanges[];
  /** The operations that stayed and changed, by their gravest change. */
  readonly counts: Readonly<Record<Severity, number>>;
  readonly shared: readonly SharedChange[];
  /** Operations with changes of their own, the gravest first. */
  readonly operations: readonly ToldOperation[];
  /** How many places are only worded otherwise, where that is not told one by one. */
  readonly worded: { readonly places: number; readonly operations: number };
}

/** Other words, and nothing else. */
const isWording = ({ what }: Change): boolean => what === "is described differently" || what.startsWith("x-");

const sentence = ({ where, what }: Change): string => [where, what].filter((part) => part !== "").join(" ");

const sharedText = (change: Change): string => change.shared ?? sentence(change);

const keyOf = (change: Change): string => `${change.severity} ${sharedText(change)}`;

/** The changes that at least {@link many} operations have, each told once: the gravest first, then the widest. */
export function sharedChanges({ operations }: Pick<ServiceChanges, "operations">): readonly SharedChange[] {
  const groups = new Map<string, { severity: Severity; what: string; operations: Set<string> }>();
  for (const { operation, state, changes } of operations) {
    for (const change of state === "changed" ? changes : []) {
      const known = groups.get(keyOf(change));
      if (known !== undefined) known.operations.add(operation);
      else groups.set(keyOf(change), { ...change, what: sharedText(change), operations: new Set([operation]) });
    }
  }
  return [...groups.values()]
    .filter((group) => group.operations.size >= many)
    .map(({ severity, what, operations: names }) => ({ severity, what, operations: [...names] }))
    .sort((a, b) => byRank(a, b) || b.operations.length - a.operations.length);
}

/** Where a change is, apart from the place inside the value: `request body`, `/a/b`. */
function parted(where: string): readonly [around: string, inside: string] {
  const at = where.indexOf(" /");
  return at < 0 ? [where, ""] : [where.slice(0, at), where.slice(at + 1)];
}

/** Changes as lines; what happened alike at several places of one value is one line. */
function linesOf(changes: readonly Change[]): readonly Line[] {
  const alike = new Map<string, { change: Change; places: string[] }>();
  for (const change of changes) {
    const [around, inside] = parted(change.where);
    const key = JSON.stringify([change.severity, around, change.what, inside === "" ? change.where : ""]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { change, places: [inside] });
    else if (!known.places.includes(inside)) known.places.push(inside);
  }
  return [...alike.values()].map(({ change, places }) => {
    const { severity, where, what } = change;
    const text = places.length === 1 ? sentence(change) : `${parted(where)[0]} ${places.join(", ")}: ${what}`;
    return { severity, text };
  });
}

/** `words`: also tell every place that is only described differently. */
export function toldService(service: ServiceChanges, words: boolean): ToldService {
  const inState = (state: OperationChanges["state"]) => service.operations.filter((one) => one.state === state);
  const changed = inState("changed");
  const isTold = (change: Change): boolean => words || !isWording(change);
  const telling = changed.map((one) => ({ ...one, changes: one.changes.filter(isTold) }));
  const shared = sharedChanges({ operations: telling });
  const isShared = new Set(shared.map(({ severity, what }) => `${severity} ${what}`));
  const operations = telling.flatMap(({ operation, changes }) => {
    const own = changes.filter((change) => !isShared.has(keyOf(change)));
    return own.length === 0 ? [] : [{ operation, severity: gravest(own), lines: linesOf(own) }];
  });
  const worded = changed.map(({ changes }) => changes.filter((change) => !isTold(change)).length);
  const count = (severity: Severity): number => changed.filter((one) => one.severity === severity).length;
  return {
    service: service.service,
    isNew: service.isNew,
    removed: inState("removed"),
    added: inState("added"),
    counts: { breaking: count("breaking"), additive: count("additive"), documentation: count("documentation") },
    shared,
    operations: operations.sort(byRank),
    worded: {
      places: worded.reduce((sum, places) => sum + places, 0),
      operations: worded.filter((places) => places > 0).length,
    },
  };
}

/** Whether every status of every operation was seen, or is listed as unreachable and was not. Runs last. */

import { expect, test } from "vitest";
import type { Operation } from "../../generated/seam/contract.js";
import type { Coverage } from "./contract.js";
import type { Unreachable } from "./unreachable.js";

const covers = <Id extends string>(entry: Unreachable<Id>, operation: Operation): boolean =>
  typeof entry.operations === "function"
    ? entry.operations(operation)
    : entry.operations.some((id) => id === operation.id);

export const describeCompleteness = <Id extends string>(
  operations: Readonly<Record<Id, Operation>>,
  unreachable: readonly Unreachable<Id>[],
  coverage: () => Coverage,
): void => {
  const all = Object.values<Operation>(operations);
  const pairs = all.flatMap((operation) =>
    Object.keys({ ...operation.responses, ...operation.implicit }).map((status) => ({ operation, status })),
  );
  const listed = ({ operation, status }: (typeof pairs)[number]) =>
    unreachable.filter((entry) => entry.status === status && covers(entry, operation));
  const named = (found: typeof pairs) => found.map(({ operation, status }) => `${operation.id} ${status}`).sort();

  test("every status that is not listed as unreachable was seen", () => {
    const unseen = pairs.filter((pair) => !coverage().has(pair.operation.id, pair.status) && listed(pair).length === 0);
    expect(named(unseen)).toEqual([]);
  });

  test("no status that is listed as unreachable was seen", () => {
    const seen = pairs.filter((pair) => coverage().has(pair.operation.id, pair.status) && listed(pair).length > 0);
    expect(named(seen)).toEqual([]);
  });

  test("every entry of the list stands for a status of an operation, with a reason", () => {
    const idle = unreachable.filter(
      (entry) => entry.because === "" || !pairs.some((pair) => listed(pair).some((other) => other === entry)),
    );
    expect(idle).toEqual([]);
    const names = unreachable.flatMap(({ operations: ids }) => (typeof ids === "function" ? [] : ids));
    expect(names.filter((id) => !all.some((operation) => operation.id === id))).toEqual([]);
  });
};

/** Operation ids are unique; two operations on one method and path must be told apart by their bodies. */

import type { Findings } from "../load/findings.js";
import type { FoundOperation } from "./documents.js";
import type { OperationModel, Schema } from "./model.js";
import { requiredOf } from "./required.js";
import { refuseUnusable } from "./unusable.js";

type Lookup = (reference: string) => Schema | undefined;

const routeOf = ({ method, path }: OperationModel): string => `${method} ${path.replaceAll(/\{[^}]*\}/gu, "{}")}`;

const requiredBody = ({ body }: OperationModel, lookup: Lookup): ReadonlySet<string> =>
  new Set((body?.content ?? []).flatMap(({ schema }) => (schema === undefined ? [] : requiredOf(schema, lookup))));

/** Each requires a field that the other does not. */
const areToldApart = (a: OperationModel, b: OperationModel, lookup: Lookup): boolean => {
  const [ofA, ofB] = [requiredBody(a, lookup), requiredBody(b, lookup)];
  return [...ofA].some((field) => !ofB.has(field)) && [...ofB].some((field) => !ofA.has(field));
};

const pairs = (
  found: readonly FoundOperation[],
  keyOf: (operation: OperationModel) => string,
): readonly (readonly [FoundOperation, FoundOperation])[] => {
  const seen = new Map<string, FoundOperation[]>();
  const clashes: (readonly [FoundOperation, FoundOperation])[] = [];
  for (const one of found) {
    const earlier = seen.get(keyOf(one.operation)) ?? [];
    for (const other of earlier) clashes.push([other, one]);
    seen.set(keyOf(one.operation), [...earlier, one]);
  }
  return clashes;
};

const placeOf = ({ node }: FoundOperation): string => {
  const { file, line } = node.origin("key");
  return `${file}:${line}`;
};

const placeNamed = ({ node }: FoundOperation): string => {
  const { file, pointer } = node.origin();
  return `${file}#${pointer}`;
};

export const settleOperations = (found: readonly FoundOperation[], lookup: Lookup, findings: Findings): void => {
  for (const { operation, node } of found) {
    refuseUnusable(operation.id, "an operation", node.get("operationId") ?? node, findings);
  }
  for (const [first, second] of pairs(found, ({ id }) => id.toLowerCase())) {
    findings.error("name-clash", second.node.get("operationId") ?? second.node, {
      message: `the operation ${second.operation.id} is already ${first.operation.id}, at ${placeOf(first)}`,
      hint: `give one of the two another operationId, or a name in services.yaml: names: { "${placeNamed(second)}": … }`,
    });
  }
  for (const [first, second] of pairs(found, routeOf)) {
    if (areToldApart(first.operation, second.operation, lookup)) continue;
    findings.error("duplicate-operation", second.node, {
      message: `${second.operation.method} ${second.operation.path} stands at ${placeOf(first)} already, and the bodies' required fields do not tell the two apart`,
      hint: "remove one, or let each body require a field that the other does not",
      part: "key",
    });
  }
};

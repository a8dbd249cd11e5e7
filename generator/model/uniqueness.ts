/** Operation ids are unique; two operations on one method and path must be told apart by their bodies. */

import type { Findings } from "../load/findings.js";
import { byStatus, type FoundOperation } from "./documents.js";
import type { MediaModel, OperationModel, ParameterModel, Schema } from "./model.js";
import { requiredOf } from "./required.js";
import { same } from "./schema.js";
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

const isBodiless = ({ body }: OperationModel): boolean => body === undefined;

/** What either says: the same once, by whatever name, otherwise one of both. */
const either = (first: Schema | undefined, second: Schema | undefined, lookup: Lookup): Schema | undefined => {
  if (first === undefined || second === undefined) return undefined;
  const content = (schema: Schema): Schema => (schema.$ref === undefined ? schema : (lookup(schema.$ref) ?? schema));
  return same(content(first), content(second)) ? first : { anyOf: [first, second] };
};

/** Who calls for one of the two need not send what only the other needs. A parameter of both is read as the first says. */
const joinedParameters = (
  first: readonly ParameterModel[],
  second: readonly ParameterModel[],
): readonly ParameterModel[] => {
  const twin = (one: ParameterModel, others: readonly ParameterModel[]): ParameterModel | undefined =>
    others.find((other) => other.in === one.in && other.name === one.name);
  const ofPath = ({ in: place }: ParameterModel): boolean => place === "path";
  const own = first.map((one) => {
    const other = twin(one, second);
    return ofPath(one) ? one : { ...one, required: one.required && other?.required === true };
  });
  const further = second.filter((one) => !ofPath(one) && twin(one, first) === undefined);
  return [...own, ...further.map((parameter) => ({ ...parameter, required: false }))];
};

const joinedContent = (
  first: readonly MediaModel[],
  second: readonly MediaModel[],
  lookup: Lookup,
): readonly MediaModel[] => {
  const own = first.map(({ schema: _schema, ...one }) => {
    const [mine, other] = [first, second].map((all) => all.find(({ mediaType }) => mediaType === one.mediaType));
    const schema = other === undefined ? mine?.schema : either(mine?.schema, other.schema, lookup);
    const examples = [...one.examples, ...(other?.examples ?? [])];
    return schema === undefined ? { ...one, examples } : { ...one, examples, schema };
  });
  return [...own, ...second.filter(({ mediaType }) => first.every((one) => one.mediaType !== mediaType))];
};

/** The first operation, taking what the second takes besides, and answering what it answers besides. */
const joined = (first: OperationModel, second: OperationModel, lookup: Lookup): OperationModel => {
  const own = first.responses.map((one) => {
    const other = second.responses.find(({ status }) => status === one.status);
    return other === undefined ? one : { ...one, content: joinedContent(one.content, other.content, lookup) };
  });
  const further = second.responses.filter(({ status }) => own.every((one) => one.status !== status));
  return {
    ...first,
    parameters: joinedParameters(first.parameters, second.parameters),
    responses: [...own, ...further].sort(byStatus),
  };
};

/** Operations that nothing tells apart are errors, except such as can be described as one where that is tolerated. */
const settleRoutes = (
  found: readonly FoundOperation[],
  lookup: Lookup,
  findings: Findings,
): readonly FoundOperation[] => {
  const settled = new Map(found.map((one) => [one, one.operation]));
  for (const [first, second] of pairs(found, routeOf)) {
    const [one, other] = [settled.get(first), settled.get(second)];
    if (one === undefined || other === undefined || areToldApart(one, other, lookup)) continue;
    const route = `${other.method} ${other.path} stands at ${placeOf(first)} already`;
    if (isBodiless(one) && isBodiless(other) && one.auth === other.auth) {
      findings.defect("operation-twice", second.node, {
        message: `${route}, and no body tells the two apart`,
        hint: "describe both as one operation",
        part: "key",
      });
      settled.set(first, joined(one, other, lookup));
      settled.delete(second);
    } else
      findings.error("duplicate-operation", second.node, {
        message: `${route}, and the bodies' required fields do not tell the two apart`,
        hint: "remove one, or let each body require a field that the other does not",
        part: "key",
      });
  }
  return [...settled].map(([one, operation]) => ({ ...one, operation }));
};

/** Ids that differ in case alone are one id. */
const takenAs = ({ operation: { id } }: FoundOperation, first: FoundOperation): string =>
  id === first.operation.id ? `id ${id} is taken already` : `${id} is already ${first.operation.id}`;

/** The operations of a service, each with an id and a route of its own. */
export const settleOperations = (
  found: readonly FoundOperation[],
  lookup: Lookup,
  findings: Findings,
): readonly FoundOperation[] => {
  for (const { operation, node } of found) {
    refuseUnusable(operation.id, "an operation", node.get("operationId") ?? node, findings);
  }
  for (const [first, second] of pairs(found, ({ id }) => id.toLowerCase())) {
    findings.error("name-clash", second.node.get("operationId") ?? second.node, {
      message: `the operation ${takenAs(second, first)}, at ${placeOf(first)}`,
      hint: `give one of the two another operationId, or a name in services.yaml: names: { "${placeNamed(second)}": … }`,
    });
  }
  // What the service sends has labels for paths, which are no routes of its own.
  const [sent, served] = [true, false].map((isSent) =>
    settleRoutes(
      found.filter(({ trigger }) => (trigger !== undefined) === isSent),
      lookup,
      findings,
    ),
  );
  return [...(served ?? []), ...(sent ?? [])];
};

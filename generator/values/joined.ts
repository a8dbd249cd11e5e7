/** Several schemas that a value must fit together, as one. */

import { memberOf } from "../member.js";
import { type Schema, type SchemaType, schemaRefPrefix } from "../model/model.js";
import type { Choices } from "./choices.js";

export type Schemas = Readonly<Record<string, Schema>>;

/** How deep schemas may refer to schemas before the plainest way is taken. */
export const deepest = 5;

export const referred = (schema: Schema, schemas: Schemas): Schema =>
  schemas[(schema.$ref ?? "").slice(schemaRefPrefix.length)] ?? {};

const both = (a: Schema, b: Schema): Schema => ({ allOf: [a, b] });

const largest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

const smallest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

function commonTypes(a: Schema["type"], b: Schema["type"]): Schema["type"] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const wanted = new Set<SchemaType>([b].flat());
  const common = [a].flat().filter((type) => wanted.has(type) || (type === "integer" && wanted.has("number")));
  if (common.length > 0) return common;
  return [a].flat().includes("number") && wanted.has("integer") ? "integer" : a;
}

function commonInner(a: Schema | boolean | undefined, b: Schema | boolean | undefined): Schema | boolean | undefined {
  if (a === undefined || a === true) return b ?? a;
  if (b === undefined || b === true) return a;
  return a === false || b === false ? false : both(a, b);
}

const isClosed = (schema: Schema): boolean =>
  schema.additionalProperties === false && schema.patternProperties === undefined;

function commonProperties(a: Schema, b: Schema): Schema["properties"] {
  if (a.properties === undefined && b.properties === undefined) return undefined;
  const [left, right] = [a.properties ?? {}, b.properties ?? {}];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => !(isClosed(a) && !Object.hasOwn(left, name)) && !(isClosed(b) && !Object.hasOwn(right, name)),
  );
  return Object.fromEntries(
    names.map((name) => {
      const [first, second] = [memberOf(left, name), memberOf(right, name)];
      return [name, first === undefined || second === undefined ? (first ?? second ?? {}) : both(first, second)];
    }),
  );
}

function commonValues(a: Schema["enum"], b: Schema["enum"]): Schema["enum"] {
  if (a === undefined || b === undefined) return a ?? b;
  const wanted = new Set(b.map((value) => JSON.stringify(value)));
  return a.filter((value) => wanted.has(JSON.stringify(value)));
}

/** What fits both. */
function join(a: Schema, b: Schema): Schema {
  const joined: Record<string, unknown> = {
    ...a,
    ...b,
    type: commonTypes(a.type, b.type),
    enum: commonValues(a.enum, b.enum),
    properties: commonProperties(a, b),
    required: [...new Set([...(a.required ?? []), ...(b.required ?? [])])],
    items: commonInner(a.items, b.items),
    additionalProperties: commonInner(a.additionalProperties, b.additionalProperties),
    minimum: largest(a.minimum, b.minimum),
    maximum: smallest(a.maximum, b.maximum),
    exclusiveMinimum: largest(a.exclusiveMinimum, b.exclusiveMinimum),
    exclusiveMaximum: smallest(a.exclusiveMaximum, b.exclusiveMaximum),
    minLength: largest(a.minLength, b.minLength),
    maxLength: smallest(a.maxLength, b.maxLength),
    minItems: largest(a.minItems, b.minItems),
    maxItems: smallest(a.maxItems, b.maxItems),
    minProperties: largest(a.minProperties, b.minProperties),
    maxProperties: smallest(a.maxProperties, b.maxProperties),
  };
  // Every member has the type that it has in a schema; those that are undefined are left out.
  return Object.fromEntries(Object.entries(joined).filter(([, value]) => value !== undefined)) as Schema;
}

/** Whether the schema leads to another, at any depth. */
const refers = (schema: Schema): boolean => JSON.stringify(schema).includes('"$ref":');

function branchOf(branches: readonly Schema[], choices: Choices, depth: number): Schema {
  const plain = depth > deepest ? branches.filter((branch) => !refers(branch)) : branches;
  const usable = plain.length > 0 ? plain : branches;
  return usable[choices.below(usable.length)] ?? {};
}

/** The schema without references, `allOf`, `anyOf` and `oneOf`: one branch of each choice is taken. */
export function settled(given: Schema, schemas: Schemas, choices: Choices, depth: number): Schema {
  if (depth > deepest * 12) return given;
  const { $ref, allOf = [], anyOf, oneOf, ...own } = given;
  let joined: Schema = own;
  const parts = [
    ...($ref === undefined ? [] : [referred(given, schemas)]),
    ...allOf,
    ...(anyOf === undefined ? [] : [branchOf(anyOf, choices, depth)]),
    ...(oneOf === undefined ? [] : [branchOf(oneOf, choices, depth)]),
  ];
  for (const part of parts) joined = join(joined, settled(part, schemas, choices, depth + 1));
  return joined;
}

/** Inputs for a schema: values made to fit it, and for each of its keywords one value made to break it. */

import fc from "fast-check";
import { type Schema, schemaRefPrefix } from "../../generator/model/model.js";

export type Named = Readonly<Record<string, Schema>>;

const deref = (schema: Schema, named: Named): Schema =>
  schema.$ref === undefined ? schema : deref(named[schema.$ref.slice(schemaRefPrefix.length)] ?? {}, named);

function textFor({ pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  const short = Math.min(maxLength, minLength + 20);
  const text = fc.string({ minLength, maxLength: short, unit: "grapheme" });
  if (pattern === undefined) return text;
  return fc.stringMatching(new RegExp(pattern, "u"), { size: "-1" });
}

function numberFor({ type, minimum = -1000, maximum = 1000 }: Schema): fc.Arbitrary<number> {
  const bounds = { min: Math.max(minimum, -(2 ** 52)), max: Math.min(maximum, 2 ** 52) };
  return type === "integer"
    ? fc.integer({ min: Math.max(bounds.min, -(2 ** 31)), max: Math.min(bounds.max, 2 ** 31 - 1) })
    : fc.double({ ...bounds, noNaN: true });
}

/** Properties and requirements of a schema and everything it joins by `allOf`. */
function joined(
  schema: Schema,
  named: Named,
): { properties: Record<string, Schema>; required: Set<string>; open: Schema | boolean } {
  const own = deref(schema, named);
  const parts = (own.allOf ?? []).map((part) => joined(part, named));
  return {
    properties: Object.assign({}, ...parts.map(({ properties }) => properties), own.properties ?? {}),
    required: new Set([...parts.flatMap(({ required }) => [...required]), ...(own.required ?? [])]),
    open: own.additionalProperties ?? true,
  };
}

function objectFor(schema: Schema, named: Named, depth: number): fc.Arbitrary<unknown> {
  const { properties, required, open } = joined(schema, named);
  if (schema.maxProperties === 0) return fc.constant({});
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, fitting(inner, named, depth + 1)])),
    { requiredKeys: [...required].filter((name) => Object.hasOwn(properties, name)) },
  );
  if (open === false || depth > 3) return known;
  const more = fc.dictionary(
    fc.string({ maxLength: 6 }),
    typeof open === "object" ? fitting(open, named, depth + 1) : fc.jsonValue({ maxDepth: 1 }),
    { maxKeys: 2 },
  );
  return fc.tuple(known, more).map(([first, second]) => ({ ...second, ...first }));
}

function arrayFor(
  { items, prefixItems, minItems = 0, maxItems = 3 }: Schema,
  named: Named,
  depth: number,
): fc.Arbitrary<unknown> {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((item) => fitting(item, named, depth + 1)));
  const item = typeof items === "object" ? fitting(items, named, depth + 1) : fc.jsonValue({ maxDepth: 1 });
  return fc.array(item, { minLength: minItems, maxLength: depth > 3 ? minItems : Math.min(maxItems, minItems + 3) });
}

/** Values that should fit; what the schema says in ways not known here is left to chance. */
export function fitting(given: Schema, named: Named, depth = 0): fc.Arbitrary<unknown> {
  const schema = deref(given, named);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return fc.oneof(...branches.map((branch) => fitting(branch, named, depth + 1)));
  const types = [schema.type ?? (schema.properties || schema.allOf ? "object" : [])].flat();
  const arbitraries = types.map((type): fc.Arbitrary<unknown> => {
    if (type === "object") return objectFor(schema, named, depth);
    if (type === "array") return arrayFor(schema, named, depth);
    if (type === "string") return textFor(schema);
    if (type === "boolean") return fc.boolean();
    return type === "null" ? fc.constant(null) : numberFor({ ...schema, type });
  });
  return arbitraries.length === 0 ? fc.jsonValue({ maxDepth: 1 }) : fc.oneof(...arbitraries);
}

export interface Mutation {
  readonly keyword: string;
  readonly value: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function ofAnotherType({ type }: Schema): unknown {
  const types = [type ?? []].flat();
  const samples: readonly (readonly [string, unknown])[] = [
    ["string", "text"],
    ["boolean", true],
    ["object", {}],
    ["array", []],
    ["null", null],
  ];
  return samples.find(([name]) => !types.some((known) => known === name))?.[1] ?? 0.5;
}

const broken: Readonly<Record<string, (limit: never, value: unknown, schema: Schema) => unknown>> = {
  type: (_limit, _value, schema) => ofAnotherType(schema),
  enum: () => "no such value",
  const: () => "no such value",
  minimum: (limit: number) => limit - 1,
  maximum: (limit: number) => limit + 2 ** 12,
  minLength: (limit: number) => "a".repeat(Math.max(0, limit - 1)),
  maxLength: (limit: number) => "a".repeat(limit + 1),
  pattern: () => "\u0000 not this",
  format: () => 1e300,
  minItems: (limit: number) => new Array(Math.max(0, limit - 1)).fill("a"),
  maxItems: (limit: number, value) =>
    Array.isArray(value) && value.length > 0 ? new Array(limit + 1).fill(value[0]) : undefined,
  uniqueItems: (_limit, value) => (Array.isArray(value) && value.length > 0 ? [value[0], value[0]] : undefined),
  maxProperties: (limit: number) =>
    Object.fromEntries(Array.from({ length: limit + 1 }, (_entry, index) => [`p${index}`, 1])),
  minProperties: () => ({}),
  anyOf: () => 0.5,
  oneOf: () => 0.5,
  additionalProperties: (limit: Schema | boolean, value) =>
    limit === false && isRecord(value) ? { ...value, "no such property": 1 } : undefined,
};

/** One value for each keyword of a schema that breaks it, at every depth that the given value reaches. */
export function mutations(given: Schema, value: unknown, named: Named): Mutation[] {
  const schema = deref(given, named);
  const here = Object.entries(schema).flatMap(([keyword, limit]): Mutation[] => {
    const spoil = broken[keyword];
    // The table's entries know the type of their own keyword's value.
    const spoiled = spoil?.(limit as never, value, schema);
    return spoil === undefined || spoiled === undefined ? [] : [{ keyword, value: spoiled }];
  });
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((part) =>
    mutations(part, value, named),
  );
  return [...here, ...parts, ...missing(schema, value), ...inside(schema, value, named)];
}

function missing({ required = [] }: Schema, value: unknown): Mutation[] {
  if (!isRecord(value)) return [];
  return required.map((name) => {
    const { [name]: _gone, ...rest } = value;
    return { keyword: "required", value: rest };
  });
}

function inside(
  { properties = {}, additionalProperties, items, prefixItems = [] }: Schema,
  value: unknown,
  named: Named,
): Mutation[] {
  if (Array.isArray(value)) {
    const [first, ...rest] = value;
    const item = prefixItems[0] ?? items;
    if (value.length === 0 || typeof item !== "object") return [];
    return mutations(item, first, named).map((mutation) => ({ ...mutation, value: [mutation.value, ...rest] }));
  }
  if (!isRecord(value)) return [];
  const known = Object.entries(properties).filter(([name]) => Object.hasOwn(value, name));
  const others = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  const open =
    typeof additionalProperties === "object" ? others.map((name) => [name, additionalProperties] as const) : [];
  return [...known, ...open].flatMap(([name, inner]) =>
    mutations(inner, value[name], named).map((mutation) => ({
      ...mutation,
      value: { ...value, [name]: mutation.value },
    })),
  );
}

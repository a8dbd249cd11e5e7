/** For each keyword of a schema, a value that breaks it and otherwise stays as it was. */

import { memberOf } from "../member.js";
import { type Schema, schemaRefPrefix } from "../model/model.js";
import { isRecord } from "../record.js";
import type { Schemas } from "./joined.js";

const deref = (schema: Schema, named: Schemas): Schema =>
  schema.$ref === undefined ? schema : deref(named[schema.$ref.slice(schemaRefPrefix.length)] ?? {}, named);

/** A value that was spoiled in one place. */
export interface Mutation {
  readonly keyword: string;
  readonly value: unknown;
}

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
export function mutations(given: Schema, value: unknown, named: Schemas): Mutation[] {
  const schema = deref(given, named);
  const here = Object.entries(schema).flatMap(([keyword, limit]): Mutation[] => {
    const spoil = memberOf(broken, keyword);
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
  named: Schemas,
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

/** Pure operations on schemas of the model: equality, merging, patching, walking. */

import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../record.js";
import { type Schema, schemaRefPrefix } from "./model.js";

/** A schema under construction. */
export type Draft = { -readonly [Key in keyof Schema]: Schema[Key] };

export const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b);

/** Keywords that say something about a value and forbid none. */
export const isAnnotation = (keyword: string): boolean =>
  /^(title|description|example|examples|default|deprecated|readOnly|writeOnly|externalDocs|xml|\$comment)$/u.test(
    keyword,
  ) || keyword.startsWith("x-");

export const referenceTo = (name: string): Schema => ({ $ref: schemaRefPrefix + name });

const union = (a: readonly string[] = [], b: readonly string[] = []): readonly string[] => [...new Set([...a, ...b])];

/** A `$ref` with siblings as Swagger 2.0's users mean it: siblings win, properties and required fields unite. */
export const merge = (target: Schema, sibling: Schema): Schema => {
  const merged: Draft = { ...target, ...sibling };
  if (target.properties && sibling.properties) merged.properties = { ...target.properties, ...sibling.properties };
  if (target.patternProperties && sibling.patternProperties) {
    merged.patternProperties = { ...target.patternProperties, ...sibling.patternProperties };
  }
  if (target.required && sibling.required) merged.required = union(target.required, sibling.required);
  return merged;
};

/** JSON Merge Patch, RFC 7396. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const patched: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete patched[key];
    else patched[key] = mergePatch(patched[key], value);
  }
  return patched;
};

/** A schema that also admits null. */
export const nullable = (schema: Schema): Schema => {
  const { type } = schema;
  if (type === undefined) return { anyOf: [schema, { type: "null" }] };
  const types = typeof type === "string" ? [type] : type;
  const widened: Draft = { ...schema, type: types.includes("null") ? types : [...types, "null"] };
  if (schema.enum !== undefined && !schema.enum.includes(null)) widened.enum = [...schema.enum, null];
  return widened;
};

const overValues = (
  schemas: Readonly<Record<string, Schema>>,
  change: (schema: Schema) => Schema,
): Readonly<Record<string, Schema>> =>
  Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, change(schema)]));

/** The schema with every schema directly inside it replaced. */
export const mapInner = (schema: Schema, change: (schema: Schema) => Schema): Schema => {
  const changed: Draft = { ...schema };
  const whole = (inner: Schema | boolean): Schema | boolean => (typeof inner === "boolean" ? inner : change(inner));
  if (schema.items !== undefined) changed.items = whole(schema.items);
  if (schema.additionalProperties !== undefined) changed.additionalProperties = whole(schema.additionalProperties);
  if (schema.unevaluatedProperties !== undefined) changed.unevaluatedProperties = whole(schema.unevaluatedProperties);
  if (schema.contains !== undefined) changed.contains = change(schema.contains);
  if (schema.propertyNames !== undefined) changed.propertyNames = change(schema.propertyNames);
  for (const keyword of ["not", "if", "then", "else"] as const) {
    const part = schema[keyword];
    if (part !== undefined) changed[keyword] = change(part);
  }
  if (schema.unevaluatedItems !== undefined) changed.unevaluatedItems = whole(schema.unevaluatedItems);
  if (schema.dependentSchemas !== undefined) changed.dependentSchemas = overValues(schema.dependentSchemas, change);
  if (schema.properties !== undefined) changed.properties = overValues(schema.properties, change);
  if (schema.patternProperties !== undefined) changed.patternProperties = overValues(schema.patternProperties, change);
  if (schema.prefixItems !== undefined) changed.prefixItems = schema.prefixItems.map(change);
  if (schema.allOf !== undefined) changed.allOf = schema.allOf.map(change);
  if (schema.anyOf !== undefined) changed.anyOf = schema.anyOf.map(change);
  if (schema.oneOf !== undefined) changed.oneOf = schema.oneOf.map(change);
  return changed;
};

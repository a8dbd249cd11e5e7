/**
 * Required fields unite over `allOf`: where one branch requires a field that only another branch describes, the
 * description joins the requirement, so that whoever reads one branch alone still sees the field's type.
 */

import { type NamedSchema, type Schema, schemaRefPrefix } from "./model.js";
import { type Draft, mapInner } from "./schema.js";

type Lookup = (reference: string) => Schema | undefined;

const describedBy = (
  schema: Schema,
  field: string,
  lookup: Lookup,
  seen: ReadonlySet<Schema> = new Set(),
): Schema | undefined => {
  if (seen.has(schema)) return undefined;
  const onward = new Set([...seen, schema]);
  const own =
    schema.properties !== undefined && Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined;
  if (own !== undefined) return own;
  const parts = [...(schema.$ref === undefined ? [] : [lookup(schema.$ref)]), ...(schema.allOf ?? [])];
  for (const part of parts) {
    const found = part === undefined ? undefined : describedBy(part, field, lookup, onward);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Every field that a schema requires, over references and `allOf`. */
export const requiredOf = (
  schema: Schema,
  lookup: Lookup,
  seen: ReadonlySet<Schema> = new Set(),
): readonly string[] => {
  if (seen.has(schema)) return [];
  const onward = new Set([...seen, schema]);
  const parts = [...(schema.$ref === undefined ? [] : [lookup(schema.$ref)]), ...(schema.allOf ?? [])];
  const inherited = parts.flatMap((part) => (part === undefined ? [] : requiredOf(part, lookup, onward)));
  return [...new Set([...(schema.required ?? []), ...inherited])];
};

const describe = (part: Schema, whole: Schema, lookup: Lookup): Schema => {
  if (part.$ref !== undefined || part.required === undefined) return part;
  const added: Record<string, Schema> = {};
  for (const field of part.required) {
    if (part.properties !== undefined && Object.hasOwn(part.properties, field)) continue;
    const description = describedBy(whole, field, lookup);
    if (description !== undefined) added[field] = description;
  }
  return Object.keys(added).length === 0 ? part : { ...part, properties: { ...part.properties, ...added } };
};

/** The schema with its requirements described, at every depth. */
export const uniteRequired = (schema: Schema, lookup: Lookup): Schema => {
  const inner: Draft = mapInner(schema, (one) => uniteRequired(one, lookup));
  if (inner.allOf === undefined) return inner;
  const whole: Schema = inner;
  return describe({ ...inner, allOf: inner.allOf.map((part) => describe(part, whole, lookup)) }, whole, lookup);
};

export const lookupIn = (schemas: readonly NamedSchema[]): Lookup => {
  const byName = new Map(schemas.map(({ name, schema }) => [schemaRefPrefix + name, schema]));
  return (reference) => byName.get(reference);
};

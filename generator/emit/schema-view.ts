/**
 * The view of a schema that the type printer gets right. Each rule below answers one shape that it would otherwise
 * print as a type that is wrong or that nothing can be assigned to; what a schema means is never changed.
 */

import type { Schema } from "../model/model.js";

/** Keywords that only describe: they may stand beside `$ref` without constraining anything. */
const annotations = new Set([
  "$ref",
  "title",
  "description",
  "deprecated",
  "default",
  "examples",
  "readOnly",
  "writeOnly",
  "xml",
  "externalDocs",
]);

/** Keywords that say nothing about the static type and only make comments longer. */
const withoutType = new Set([
  ...[
    "examples",
    "discriminator",
    "title",
    "readOnly",
    "writeOnly",
    "xml",
    "externalDocs",
    "format",
    "if",
    "then",
    "else",
  ],
  ...["dependentSchemas", "unevaluatedItems", "minContains", "maxContains"],
]);

const isExtension = (keyword: string): boolean => keyword.startsWith("x-");

function constrains(keyword: string): boolean {
  return !annotations.has(keyword) && !isExtension(keyword);
}

/** `$ref` beside constraints holds together with them (2020-12); the printer would drop the constraints. */
function conjoinReference(schema: Schema): Schema {
  if (schema.$ref === undefined || !Object.keys(schema).some(constrains)) return schema;
  const { $ref, description, deprecated, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(deprecated === undefined ? {} : { deprecated }),
    allOf: [{ $ref }, rest],
  };
}

/** Keywords that have a say in the static type. */
const typing = [
  "$ref",
  "type",
  "properties",
  "patternProperties",
  "additionalProperties",
  "items",
  "prefixItems",
  "enum",
  "const",
  "allOf",
  "anyOf",
  "oneOf",
];

/** Alternatives that only say which properties must be there would all be printed as `unknown`. */
function withoutMuteAlternatives(schema: Schema): Schema {
  const mute = (branches: readonly Schema[] | undefined): boolean =>
    branches?.every((branch) => !Object.keys(branch).some((keyword) => typing.includes(keyword))) ?? false;
  const { anyOf, oneOf, ...rest } = schema;
  return {
    ...rest,
    ...(anyOf === undefined || mute(anyOf) ? {} : { anyOf }),
    ...(oneOf === undefined || mute(oneOf) ? {} : { oneOf }),
  };
}

/** `anyOf` beside other constraints narrows them; the printer would unite it with them. */
function conjoinAlternatives(schema: Schema): Schema {
  const { anyOf, description, deprecated, ...rest } = schema;
  if (anyOf === undefined || !Object.keys(rest).some((keyword) => constrains(keyword) && keyword !== "type"))
    return schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(deprecated === undefined ? {} : { deprecated }),
    allOf: [...(Object.keys(rest).length === 0 ? [] : [rest]), { anyOf }],
  };
}

/** What the value of a property without a description of its own must be. */
function undescribed({ patternProperties = {}, additionalProperties }: Schema, name: string): Schema {
  const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, "u").test(name));
  const [first, ...others] = matching.map(([, inner]) => inner);
  if (first !== undefined) return others.length === 0 ? first : { allOf: [first, ...others] };
  return typeof additionalProperties === "object" ? additionalProperties : {};
}

/** A required property that no `properties` describes still has to be there. */
function nameRequired(schema: Schema): Schema {
  const described = schema.properties ?? {};
  const absent = (schema.required ?? []).filter((name) => !Object.hasOwn(described, name));
  const describesObject = schema.properties !== undefined || schema.type === "object";
  if (absent.length === 0 || !describesObject || schema.allOf !== undefined) return schema;
  const named = absent.map((name) => [name, undescribed(schema, name)]);
  return { ...schema, properties: { ...described, ...Object.fromEntries(named) } };
}

/** `const: null` is a type of its own. */
function nullConstant(schema: Schema): Schema {
  if (schema.const !== null) return schema;
  const { const: _null, ...rest } = schema;
  return { ...rest, type: "null" };
}

const mark = "\u0001";

/** The printer takes a property called `constructor` or `toString` for one of its own functions: hide the name. */
const hidden = (name: string): string => (name in Object.prototype ? mark + name : name);

/** The name of a property, as it stood before it was hidden. */
export const shown = (name: string): string => (name.startsWith(mark) ? name.slice(mark.length) : name);

function viewEach(schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [hidden(name), schemaView(schema)]));
}

const viewUnlessBoolean = (schema: Schema | boolean): Schema | boolean =>
  typeof schema === "boolean" ? schema : schemaView(schema);

/** The same schema in the form that the type printer understands, all the way down. */
export function schemaView(schema: Schema): Schema {
  const shaped = nameRequired(nullConstant(conjoinAlternatives(withoutMuteAlternatives(conjoinReference(schema)))));
  const kept = Object.entries(shaped).filter(
    ([keyword]) =>
      !isExtension(keyword) &&
      (!withoutType.has(keyword) || (keyword === "format" && (isBinary(shaped) || isStream(shaped)))),
  );
  const {
    items,
    prefixItems,
    properties,
    required,
    patternProperties,
    additionalProperties,
    allOf,
    anyOf,
    oneOf,
    ...rest
  }: Schema = Object.fromEntries(kept);
  return {
    ...rest,
    ...(required === undefined ? {} : { required: required.map(hidden) }),
    ...(items === undefined ? {} : { items: viewUnlessBoolean(items) }),
    ...(prefixItems === undefined ? {} : { prefixItems: prefixItems.map(schemaView) }),
    ...(properties === undefined ? {} : { properties: viewEach(properties) }),
    ...(patternProperties === undefined ? {} : { patternProperties: viewEach(patternProperties) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: viewUnlessBoolean(additionalProperties) }),
    ...(allOf === undefined ? {} : { allOf: allOf.map(schemaView) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(schemaView) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map(schemaView) }),
  };
}

/** A body of bytes, as this view tells it apart from a file in a form. No document says this. */
export const streamFormat = "\u0001stream";

export function isStream(schema: Schema): boolean {
  return schema.type === "string" && schema.format === streamFormat;
}

/** Bytes as they are, not text: a file, where they are one field of a form. */
export function isBinary(schema: { readonly type?: unknown; readonly format?: unknown }): boolean {
  return schema.type === "string" && schema.format === "binary";
}

/** An object that may hold nothing. */
export function isEmptyObject({
  type,
  properties = {},
  patternProperties,
  additionalProperties,
  maxProperties,
}: Schema): boolean {
  if (type !== "object" || patternProperties !== undefined) return false;
  return maxProperties === 0 || (additionalProperties === false && Object.keys(properties).length === 0);
}

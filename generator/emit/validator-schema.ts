import { type Schema, schemaRefPrefix } from "../model/model.js";
import { refusedBy } from "../model/untold.js";
import { isBinary } from "./schema-view.js";

/** Keywords that never change a verdict. */
const silent = new Set([
  "title",
  "description",
  "deprecated",
  "default",
  "examples",
  "readOnly",
  "writeOnly",
  "discriminator",
  "xml",
  "externalDocs",
]);

const maps = new Set(["properties", "patternProperties", "dependentSchemas"]);
const lists = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const single = new Set([
  "items",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
]);

/** A schema as its validator is compiled from: only what decides, with references into `$defs`. */
export function validatorSchema(schema: Schema | object): Record<string, unknown> {
  // Bytes and files are no JSON: that they are there is all there is to check.
  if (isBinary(schema)) return {};
  const kept = Object.entries(schema).filter(([keyword]) => !silent.has(keyword) && !keyword.startsWith("x-"));
  return withUntold(
    Object.fromEntries(kept.map(([keyword, value]) => [keyword, keywordValue(keyword, value)])),
    schema,
  );
}

/** Refusing a property by its name rather than by `not` lets a finding tell where it stands. */
function withUntold(compiled: Record<string, unknown>, schema: Schema | object): Record<string, unknown> {
  const names = refusedBy("not" in schema ? schema.not : undefined);
  if (names.length === 0) return compiled;
  const { not: _not, properties, ...rest } = compiled;
  return { ...rest, properties: { ...Object(properties), ...Object.fromEntries(names.map((name) => [name, false])) } };
}

function keywordValue(keyword: string, value: unknown): unknown {
  if (keyword === "$ref" && typeof value === "string") return `#/$defs/${value.slice(schemaRefPrefix.length)}`;
  if (lists.has(keyword) && Array.isArray(value)) return value.map(nested);
  if (single.has(keyword)) return nested(value);
  if (maps.has(keyword) && typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, nested(inner)]));
  }
  return value;
}

function nested(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null ? validatorSchema(schema) : schema;
}

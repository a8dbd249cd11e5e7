/** Schemas as one object each: references followed, `allOf` merged, so that only what they mean is compared. */

import { isObject, type Json, type JsonObject } from "./view.js";

const prefix = "#/components/schemas/";

/** The name that a schema refers to. */
export function referenceOf(schema: Json): string | undefined {
  const reference = isObject(schema) ? schema["$ref"] : undefined;
  return typeof reference === "string" && reference.startsWith(prefix) ? reference.slice(prefix.length) : undefined;
}

const equal = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

function mergedKeyword(keyword: string, left: Json, right: Json): Json | undefined {
  if (equal(left, right)) return left;
  if (keyword === "required" && Array.isArray(left) && Array.isArray(right))
    return [...new Set([...left, ...right])].sort();
  if (keyword === "allOf" && Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (keyword !== "properties" || !isObject(left) || !isObject(right)) return undefined;
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(names.map((name) => [name, bothOf(left[name], right[name])]));
}

function bothOf(left: Json | undefined, right: Json | undefined): Json {
  if (left === undefined || right === undefined) return left ?? right ?? true;
  return equal(left, right) ? left : { allOf: [left, right] };
}

/** Both schemas at once; keywords that disagree stay apart in `allOf`. */
function merge(left: JsonObject, right: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...left };
  const apart: Json[] = [];
  for (const [keyword, value] of Object.entries(right)) {
    const known = merged[keyword];
    const both = known === undefined ? value : mergedKeyword(keyword, known, value);
    if (both === undefined) apart.push({ [keyword]: value });
    else merged[keyword] = both;
  }
  const rest = merged["allOf"];
  return apart.length === 0 ? merged : { ...merged, allOf: [...(Array.isArray(rest) ? rest : []), ...apart] };
}

/** One level of a schema, without references and with as little `allOf` as possible. */
export function flatten(schema: Json, schemas: JsonObject, seen: ReadonlySet<string> = new Set()): JsonObject {
  if (schema === false) return { not: {} };
  if (!isObject(schema)) return {};
  const { $ref: _reference, allOf, ...own } = schema;
  const name = referenceOf(schema);
  const inner =
    name === undefined || seen.has(name) ? [] : [flatten(schemas[name] ?? true, schemas, new Set([...seen, name]))];
  const branches = Array.isArray(allOf) ? allOf.map((branch: Json) => flatten(branch, schemas, seen)) : [];
  return [own, ...inner, ...branches].reduce(merge, {});
}

/** Schemas as one object each: references followed, `allOf` merged, so that only what they mean is compared. */

import { memberOf } from "../member.js";
import { refusedBy } from "../model/untold.js";
import { canonical, isObject, type Json, type JsonObject } from "./view.js";

const prefix = "#/components/schemas/";

/** The name that a schema refers to. */
export function referenceOf(schema: Json): string | undefined {
  const reference = isObject(schema) ? schema["$ref"] : undefined;
  return typeof reference === "string" && reference.startsWith(prefix) ? reference.slice(prefix.length) : undefined;
}

/** Keywords that only describe. */
export const describing: ReadonlySet<string> = new Set([
  "title",
  "description",
  "examples",
  "discriminator",
  "xml",
  "externalDocs",
]);
export const upperLimits: ReadonlySet<string> = new Set([
  "maximum",
  "exclusiveMaximum",
  "maxLength",
  "maxItems",
  "maxProperties",
  "maxContains",
]);
export const lowerLimits: ReadonlySet<string> = new Set([
  "minimum",
  "exclusiveMinimum",
  "minLength",
  "minItems",
  "minProperties",
  "minContains",
]);

/** What a keyword means when it is absent; saying so changes nothing. */
const absent: Readonly<Record<string, readonly string[]>> = {
  uniqueItems: ["false"],
  minLength: ["0"],
  minItems: ["0"],
  minProperties: ["0"],
  minContains: ["1"],
  required: ["[]"],
  properties: ["{}"],
  patternProperties: ["{}"],
  dependentRequired: ["{}"],
  items: ["true", "{}"],
  additionalProperties: ["true", "{}"],
  unevaluatedProperties: ["true", "{}"],
  deprecated: ["false"],
  readOnly: ["false"],
  writeOnly: ["false"],
};

const saysNothing = ([keyword, value]: readonly [string, Json]): boolean =>
  absent[keyword]?.includes(JSON.stringify(value)) === true;

/** The branches of a schema that is nothing but `allOf`: joined again and again, they stay one list. */
export function conjuncts(schema: Json): readonly Json[] {
  const all = isObject(schema) && Object.keys(schema).length === 1 ? schema["allOf"] : undefined;
  return Array.isArray(all) ? all.flatMap((branch: Json) => conjuncts(branch)) : [schema];
}

function bothOf(left: Json | undefined, right: Json | undefined): Json {
  if (left === undefined || right === undefined) return left ?? right ?? true;
  const all = [...conjuncts(left), ...conjuncts(right)];
  const [first = true, ...rest] = [...new Map(all.map((branch) => [canonical(branch), branch])).values()];
  return rest.length === 0 ? first : { allOf: [first, ...rest] };
}

function bothMembers(left: JsonObject, right: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(names.map((name) => [name, bothOf(memberOf(left, name), memberOf(right, name))]));
}

function common(left: Json, right: Json): Json {
  const [few, many] = [left, right].map((value): readonly Json[] => (Array.isArray(value) ? value : [value]));
  const shared = (few ?? []).filter((value) => many?.some((other) => canonical(other) === canonical(value)));
  return shared.length === 1 ? (shared[0] ?? null) : shared;
}

/** One value that says what both say; undefined where there is none. */
function mergedKeyword(keyword: string, left: Json, right: Json): Json | undefined {
  if (canonical(left) === canonical(right)) return left;
  // Whoever describes the place, a change of either description is one.
  if (describing.has(keyword)) return [left, right].flat();
  if (keyword === "default" || keyword.startsWith("x-")) return left;
  if (upperLimits.has(keyword)) return Math.min(Number(left), Number(right));
  if (lowerLimits.has(keyword)) return Math.max(Number(left), Number(right));
  if (keyword === "type") return common(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    if (keyword === "required") return [...new Set([...left, ...right])].sort();
    if (keyword === "enum") return [common(left, right)].flat();
    return keyword === "allOf" ? [...left, ...right] : undefined;
  }
  if (keyword === "items" || keyword === "additionalProperties") return bothOf(left, right);
  if (!/^(?:properties|patternProperties)$/.test(keyword) || !isObject(left) || !isObject(right)) return undefined;
  return bothMembers(left, right);
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

/** That a property is told no more, or now, is compared where it stands. */
function withoutUntold(schema: JsonObject): JsonObject {
  const { not, ...rest } = schema;
  return not === undefined || refusedBy(not).length > 0 ? rest : schema;
}

/** One level of a schema, without references and with as little `allOf` as possible. */
export function flatten(schema: Json, schemas: JsonObject, seen: ReadonlySet<string> = new Set()): JsonObject {
  if (schema === false) return { not: {} };
  if (!isObject(schema)) return {};
  const { $ref: _reference, allOf, ...whole } = schema;
  const own = withoutUntold(whole);
  const name = referenceOf(schema);
  const inner =
    name === undefined || seen.has(name)
      ? []
      : [flatten(memberOf(schemas, name) ?? true, schemas, new Set([...seen, name]))];
  const branches = Array.isArray(allOf) ? allOf.map((branch: Json) => flatten(branch, schemas, seen)) : [];
  const merged = [own, ...inner, ...branches].reduce(merge, {});
  return Object.fromEntries(Object.entries(merged).filter((entry) => !saysNothing(entry)));
}

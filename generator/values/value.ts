/** Values that fit a schema. What only a look at the whole value can tell (`oneOf`, `not`) is tried several times. */

import { memberOf } from "../member.js";
import type { Schema, SchemaType } from "../model/model.js";
import type { Choices } from "./choices.js";
import { deepest, type Schemas, settled } from "./joined.js";
import { numberFor } from "./number.js";
import { textMatching } from "./pattern.js";
import { textFor } from "./text.js";
import { needsVerdict, verdictOf } from "./verdict.js";

interface Place {
  readonly schemas: Schemas;
  readonly choices: Choices;
  readonly depth: number;
}

const inside = (place: Place): Place => ({ ...place, depth: place.depth + 1 });

const byKeyword: readonly (readonly [SchemaType, readonly (keyof Schema)[]])[] = [
  ["object", ["properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties"]],
  ["array", ["items", "prefixItems", "minItems", "maxItems", "contains"]],
  ["string", ["pattern", "minLength", "maxLength", "format"]],
  ["number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]],
];

/** The type that a schema without one speaks about. */
function impliedType(schema: Schema): SchemaType | undefined {
  const says = (keyword: keyof Schema): boolean =>
    Array.isArray(schema[keyword]) ? schema[keyword].length > 0 : schema[keyword] !== undefined;
  return byKeyword.find(([, keywords]) => keywords.some(says))?.[0];
}

const anything: readonly unknown[] = [{}, "text", 1, true, null, [], { key: "value" }, 0.5];

/** A value for the schema: the least that fits where every choice is zero. */
export function fittingValue(schema: Schema, schemas: Schemas, choices: Choices): unknown {
  return made(schema, { schemas, choices, depth: 0 });
}

/** How many values are tried before a list stays shorter, or a value is taken that may not fit. */
const mostTries = 24;

/** Other choices than those before, where what they led to cannot be used. */
const turned = (choices: Choices, by: number): Choices =>
  by === 0 ? choices : { below: (count) => (count <= 1 ? 0 : (choices.below(count) + by) % count) };

function made(given: Schema, place: Place): unknown {
  const { schemas, choices } = place;
  const first = madeOnce(given, place);
  if (!needsVerdict(given, schemas)) return first;
  const fits = verdictOf(given, schemas);
  for (let tries = 1, value = first; tries <= mostTries; tries += 1) {
    if (fits(value)) return value;
    value = madeOnce(given, { ...place, choices: turned(choices, tries) });
  }
  return first;
}

function madeOnce(given: Schema, place: Place): unknown {
  const { schemas, choices, depth } = place;
  const schema = settled(given, schemas, choices, depth);
  if (schema.const !== undefined) return schema.const;
  const types = [schema.type ?? impliedType(schema) ?? []].flat();
  if (schema.enum !== undefined && schema.enum.length > 0) return schema.enum[choices.below(schema.enum.length)];
  if (types.length === 0) return structuredClone(anything[choices.below(anything.length)]);
  const usual = types.filter((type) => type !== "null");
  const ways =
    depth > deepest && types.includes("null") ? ["null"] : [...usual, ...types.filter((type) => type === "null")];
  switch (ways[choices.below(ways.length)]) {
    case "object":
      return objectFor(schema, inside(place));
    case "array":
      return arrayFor(schema, inside(place));
    case "string":
      return textFor(schema, choices);
    case "boolean":
      return choices.below(2) === 0;
    case "integer":
      return numberFor(schema, choices, true);
    case "number":
      return numberFor(schema, choices, false);
    default:
      return null;
  }
}

/** What the value of a property must fit, wherever the schema says so; undefined where it may not be. */
function propertySchema(schema: Schema, name: string): Schema | undefined {
  const { properties = {}, patternProperties = {}, additionalProperties: others = true } = schema;
  const named = memberOf(properties, name);
  const patterns = Object.entries(patternProperties)
    .filter(([pattern]) => new RegExp(pattern, "u").test(name))
    .map(([, inner]) => inner);
  const all = [...(named === undefined ? [] : [named]), ...patterns];
  if (all.length > 0) return all.length === 1 ? all[0] : { allOf: all };
  const isClosed = others === false || schema.unevaluatedProperties === false;
  return isClosed ? undefined : typeof others === "object" ? others : {};
}

/** A name that stands in no list: one that a pattern asks for, or one made up. */
function freeName({ propertyNames, patternProperties = {} }: Schema, place: Place, index: number): string {
  if (propertyNames !== undefined) return String(made(propertyNames, inside(place)));
  const [pattern] = Object.keys(patternProperties);
  const matching = pattern === undefined ? undefined : textMatching(pattern, place.choices, { least: 0, most: 64 });
  return matching ?? `key${index}`;
}

function objectFor(schema: Schema, place: Place): Readonly<Record<string, unknown>> {
  const { properties = {}, required = [], dependentRequired = {}, minProperties = 0 } = schema;
  const { maxProperties = Number.POSITIVE_INFINITY } = schema;
  const entries = new Map<string, unknown>();
  const put = (name: string): void => {
    const inner = propertySchema(schema, name);
    if (inner === undefined || entries.has(name)) return;
    entries.set(name, made(inner, place));
    for (const other of memberOf(dependentRequired, name) ?? []) put(other);
  };
  for (const name of required) put(name);
  const optional = Object.keys(properties).filter((name) => !entries.has(name));
  for (const name of optional) {
    const isWanted = entries.size < minProperties || (place.depth <= deepest && place.choices.below(2) === 1);
    const brings = 1 + (memberOf(dependentRequired, name)?.length ?? 0);
    if (isWanted && entries.size + brings <= maxProperties) put(name);
  }
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false;
  const mayGrow = isOpen || schema.patternProperties !== undefined;
  const extras = mayGrow && place.depth <= deepest ? place.choices.below(3) : 0;
  for (let index = 1; index <= Math.max(extras, minProperties + 8); index += 1) {
    if (entries.size >= maxProperties || (index > extras && entries.size >= minProperties)) break;
    put(freeName(schema, place, index));
  }
  return Object.fromEntries(entries);
}

function arrayFor(schema: Schema, place: Place): readonly unknown[] {
  const { items, prefixItems = [], minItems = 0, maxItems = Number.POSITIVE_INFINITY, uniqueItems, contains } = schema;
  const extra = place.depth > deepest ? 0 : place.choices.below(4);
  const isShut = items === false;
  const wished = Math.max(minItems, prefixItems.length, contains === undefined ? 0 : 1) + (isShut ? 0 : extra);
  const length = Math.min(wished, isShut ? prefixItems.length : maxItems, maxItems);
  const values: unknown[] = [];
  const seen = new Set<string>();
  for (let tries = 0; values.length < length && tries < length + mostTries; tries += 1) {
    const choices = uniqueItems === true && tries > values.length ? turned(place.choices, tries) : place.choices;
    const index = values.length;
    const inner = prefixItems[index] ?? (index === 0 && contains !== undefined ? contains : items);
    const value = made(typeof inner === "object" ? inner : {}, { ...place, choices });
    const text = JSON.stringify(value);
    if (uniqueItems === true && seen.has(text)) continue;
    seen.add(text);
    values.push(value);
  }
  return values;
}

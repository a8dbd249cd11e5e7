/** A schema in the words of the reference page: the name of its type, what limits it, and the fields inside it. */

import { type Schema, schemaRefPrefix } from "../model/model.js";
import { type Block, blocksOf, code, link, type Piece, plain } from "./reference-words.js";

export type { Piece } from "./reference-words.js";
export { blocksOf as paragraphsOf } from "./reference-words.js";

/** One line of a table, and the lines that belong under it. */
export interface FieldView {
  readonly name: string;
  readonly type: readonly Piece[];
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  readonly notes: readonly string[];
  readonly paragraphs: readonly Block[];
  readonly fields: readonly FieldView[];
}

/** Where the page explains a named schema. */
export const typeAnchor = (name: string): string => `type-${name}`;

const joined = (lists: readonly (readonly Piece[])[], word: string): readonly Piece[] =>
  lists.flatMap((pieces, index) => (index === 0 ? pieces : [plain(word), ...pieces]));

const telling = ["$ref", "type", "properties", "const", "anyOf", "oneOf", "allOf"];

/** Some branches only demand that a field be there. */
const saysType = (schema: Schema): boolean => telling.some((keyword) => Object.hasOwn(schema, keyword));

/** The type of a value in a few words. */
export function typeOf(schema: Schema): readonly Piece[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schemaRefPrefix.length);
    return [link(name, typeAnchor(name))];
  }
  if (schema.const !== undefined) return [code(JSON.stringify(schema.const))];
  const branches = (schema.anyOf ?? schema.oneOf ?? []).filter(saysType);
  if (branches.length > 0 && schema.properties === undefined) return joined(branches.map(typeOf), " or ");
  const parts = (schema.allOf ?? []).filter(saysType);
  if (parts.length > 0) return joined(parts.map(typeOf), " and ");
  const types = [schema.type ?? (schema.properties === undefined ? "anything" : "object")].flat();
  return joined(
    types.map((type) => namedType(type, schema)),
    " or ",
  );
}

function namedType(type: string, { items, format, additionalProperties, properties }: Schema): readonly Piece[] {
  if (type === "array")
    return [plain("list of "), ...(typeof items === "object" ? typeOf(items) : [plain("anything")])];
  const isMap = type === "object" && properties === undefined && typeof additionalProperties === "object";
  if (isMap) return [plain("map to "), ...typeOf(additionalProperties)];
  return [plain(format === undefined ? type : `${type} (${format})`)];
}

/** One is no more than one. */
const counted = (limit: unknown, what: string): string => `${String(limit)} ${what}${limit === 1 ? "" : "s"}`;

const limits: readonly (readonly [keyof Schema, (limit: unknown) => string])[] = [
  [
    "enum",
    (values) => `one of ${(Array.isArray(values) ? values : []).map((value) => JSON.stringify(value)).join(", ")}`,
  ],
  ["pattern", (pattern) => `matches ${String(pattern)}`],
  ["minLength", (limit) => `at least ${counted(limit, "character")}`],
  ["maxLength", (limit) => `at most ${counted(limit, "character")}`],
  ["minimum", (limit) => `at least ${String(limit)}`],
  ["maximum", (limit) => `at most ${String(limit)}`],
  ["exclusiveMinimum", (limit) => `more than ${String(limit)}`],
  ["exclusiveMaximum", (limit) => `less than ${String(limit)}`],
  ["multipleOf", (limit) => `a multiple of ${String(limit)}`],
  ["minItems", (limit) => `at least ${counted(limit, "item")}`],
  ["maxItems", (limit) => `at most ${counted(limit, "item")}`],
  ["minProperties", (limit) => `at least ${counted(limit, "member")}`],
  ["maxProperties", (limit) => `at most ${counted(limit, "member")}`],
  ["default", (value) => `${JSON.stringify(value)} when absent`],
];

/** What a schema allows beyond its type, each in a few words. */
export function notesOf(schema: Schema): readonly string[] {
  const said = limits.flatMap(([keyword, say]) => (schema[keyword] === undefined ? [] : [say(schema[keyword])]));
  const ofItems = typeof schema.items === "object" ? notesOf(schema.items) : [];
  return [
    ...said,
    ...ofItems.map((note) => `each ${note}`),
    ...(schema.uniqueItems === true ? ["no item twice"] : []),
    ...(schema.readOnly === true ? ["in answers only"] : []),
    ...(schema.writeOnly === true ? ["in requests only"] : []),
  ];
}

/** One named value. */
export function fieldOf(
  name: string,
  schema: Schema,
  more: { readonly required: boolean; readonly deprecated?: boolean; readonly description?: string | undefined },
): FieldView {
  return {
    name,
    type: typeOf(schema),
    isRequired: more.required,
    isDeprecated: more.deprecated === true || schema.deprecated === true,
    notes: notesOf(schema),
    paragraphs: blocksOf(more.description ?? schema.description),
    fields: fieldsOf(schema),
  };
}

/** The fields that stand inside a schema where it is written; those of a named schema stand at its own place. */
export function fieldsOf(schema: Schema): readonly FieldView[] {
  const required = new Set(schema.required);
  const own = Object.entries(schema.properties ?? {}).map(([name, inner]) =>
    fieldOf(name, inner, { required: required.has(name) }),
  );
  const patterns = Object.entries(schema.patternProperties ?? {}).map(([pattern, inner]) =>
    fieldOf(`/${pattern}/`, inner, { required: false }),
  );
  const { additionalProperties: others } = schema;
  const rest = typeof others === "object" && own.length > 0 ? [fieldOf("any other", others, { required: false })] : [];
  const inside = [others, schema.items].filter((inner) => typeof inner === "object").flatMap(fieldsOf);
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(fieldsOf);
  return [...own, ...patterns, ...rest, ...(own.length > 0 ? [] : inside), ...parts];
}

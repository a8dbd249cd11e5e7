/** Keywords that are compared as a whole: types, values, limits, formats, words. */

import { formats } from "../seam/formats.js";
import { type Change, type Direction, narrowed, type Severity, widened } from "./change.js";
import { describing, lowerLimits, upperLimits } from "./flatten.js";
import { canonical, type Json, type JsonObject } from "./view.js";

/** Where a keyword stands, and which way its value travels. */
export interface Place {
  readonly where: string;
  readonly direction: Direction;
}

const show = (value: Json | undefined): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** The values of a set, as text; undefined where every value is admitted. An integer is a number too. */
function admitted(keyword: string, schema: JsonObject): readonly string[] | undefined {
  const { [keyword]: given, const: only } = schema;
  const value = keyword === "enum" && given === undefined && only !== undefined ? [only] : given;
  if (value === undefined) return undefined;
  const values = (Array.isArray(value) ? value : [value]).map((entry: Json) => canonical(entry));
  return keyword === "type" && values.includes('"number"') ? [...values, '"integer"'] : values;
}

/** No value is of a type of both: nothing else about the two can be compared. */
export function isOtherType(left: JsonObject, right: JsonObject): boolean {
  const [before, after] = [admitted("type", left), admitted("type", right)];
  return before !== undefined && after !== undefined && !before.some((type) => after.includes(type));
}

/** How a set of values that got smaller, larger or different is met; undefined when it is the same. */
function ofSets(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
  direction: Direction,
): Severity | undefined {
  const lost = after !== undefined && (before === undefined || before.some((value) => !after.includes(value)));
  const won = before !== undefined && (after === undefined || after.some((value) => !before.includes(value)));
  if (lost && won) return "breaking";
  if (lost) return narrowed(direction);
  return won ? widened(direction) : undefined;
}

const wider: Readonly<Record<string, string>> = { int32: "int64", float: "double" };

/** A format that nobody checks only describes; raw bytes are another thing than text. */
function ofFormat(before: string, after: string, direction: Direction): Severity {
  if (before === "binary" || after === "binary") return "breaking";
  const [was, is] = [before, after].map((name) => (Object.hasOwn(formats, name) ? name : ""));
  if (was === is) return "documentation";
  if (was === "" || wider[after] === before) return narrowed(direction);
  return is === "" || wider[before] === after ? widened(direction) : "breaking";
}

function isMultiple(of: Json, value: Json): boolean {
  return Number.isInteger(Number(value) / Number(of));
}

function severityOf(
  keyword: string,
  before: Json | undefined,
  after: Json | undefined,
  direction: Direction,
): Severity {
  if (describing.has(keyword) || keyword === "deprecated" || keyword.startsWith("x-")) return "documentation";
  // What an absent value means to the other side has changed.
  if (keyword === "default") return "breaking";
  // Whether such a property travels at all is told where it stands.
  if (keyword === "readOnly" || keyword === "writeOnly") return "documentation";
  if (keyword === "format") return ofFormat(String(before ?? ""), String(after ?? ""), direction);
  if (before === undefined) return narrowed(direction);
  if (after === undefined) return widened(direction);
  if (keyword === "multipleOf") {
    if (isMultiple(before, after)) return narrowed(direction);
    return isMultiple(after, before) ? widened(direction) : "breaking";
  }
  const tighter = upperLimits.has(keyword) ? Number(after) < Number(before) : Number(after) > Number(before);
  if (upperLimits.has(keyword) || lowerLimits.has(keyword)) return tighter ? narrowed(direction) : widened(direction);
  return "breaking";
}

function told(keyword: string, before: Json | undefined, after: Json | undefined): string {
  if (describing.has(keyword)) return "is described differently";
  if (keyword === "deprecated") return after === true ? "became deprecated" : "is deprecated no more";
  return `${keyword} was ${show(before)}, is ${show(after)}`;
}

/** What changed in one keyword. */
export function plainChange(
  keyword: string,
  left: JsonObject,
  right: JsonObject,
  { where, direction }: Place,
): Change[] {
  const [before, after] = [left[keyword], right[keyword]];
  if (keyword === "type" || keyword === "enum") {
    const sets = [admitted(keyword, left), admitted(keyword, right)] as const;
    const severity = ofSets(...sets, direction);
    const value = (schema: JsonObject): Json | undefined =>
      schema[keyword] ?? (keyword === "enum" ? schema["const"] : undefined);
    return severity === undefined ? [] : [{ severity, where, what: told(keyword, value(left), value(right)) }];
  }
  if (canonical(before) === canonical(after)) return [];
  const severity = severityOf(keyword, before, after, direction);
  return [{ severity, where, what: told(keyword, before, after) }];
}

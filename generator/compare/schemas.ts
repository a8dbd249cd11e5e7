/** Differences between two schemas, as the callers of an API meet them. */

import { type Change, type Direction, narrowed, type Severity, widened } from "./change.js";
import { flatten, referenceOf } from "./flatten.js";
import { isObject, type Json, type JsonObject, objectAt } from "./view.js";

const words = new Set(["title", "description", "examples", "deprecated", "readOnly", "writeOnly", "discriminator"]);
const upper = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);
const lower = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const members = new Set(["properties", "patternProperties"]);
const single = new Set(["items", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames"]);
const alternatives = new Set(["anyOf", "oneOf"]);
const lists = new Set(["allOf", "prefixItems"]);

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
const show = (value: Json | undefined): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** The values that `type` and `enum` admit; an integer is a number too. */
function admitted(keyword: string, value: Json): readonly string[] {
  const values = (Array.isArray(value) ? value : [value]).map((entry: Json) => JSON.stringify(entry));
  return keyword === "type" && values.includes('"number"') ? [...values, '"integer"'] : values;
}

/** How a value set that got smaller, larger or different is met. */
function ofSets(before: readonly string[], after: readonly string[], direction: Direction): Severity {
  const lost = before.some((value) => !after.includes(value));
  const won = after.some((value) => !before.includes(value));
  if (lost && won) return "breaking";
  return lost ? narrowed(direction) : widened(direction);
}

/** A place inside another: `request body /three_pid_creds/sid`. */
const below = (where: string, name: string): string => (where.includes("/") ? `${where}/${name}` : `${where} /${name}`);

/** The two sides of one API. */
export interface Sides {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** Compares the schemas of one place, with everything below it. */
export class SchemaComparison {
  readonly #sides: Sides;
  readonly #direction: Direction;
  readonly #open = new Set<string>();

  constructor(sides: Sides, direction: Direction) {
    this.#sides = sides;
    this.#direction = direction;
  }

  compare(before: Json, after: Json, where: string): Change[] {
    const [left, right] = [referenceOf(before), referenceOf(after)];
    const pair = left === undefined || right === undefined ? undefined : `${left} ${right}`;
    if (pair === undefined) return this.#flat(before, after, where);
    if (this.#open.has(pair)) return [];
    this.#open.add(pair);
    const changes = this.#flat(before, after, where);
    this.#open.delete(pair);
    return changes;
  }

  #flat(before: Json, after: Json, where: string): Change[] {
    const left = flatten(before, this.#sides.before);
    const right = flatten(after, this.#sides.after);
    const keywords = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keywords.flatMap((keyword) => this.#keyword(keyword, left, right, where));
  }

  #keyword(keyword: string, left: JsonObject, right: JsonObject, where: string): Change[] {
    const [before, after] = [left[keyword], right[keyword]];
    if (members.has(keyword)) return this.#members(keyword, left, right, where);
    if (keyword === "required") return this.#required(left, right, where);
    if (single.has(keyword)) return this.#single(keyword, before, after, where);
    if (alternatives.has(keyword) || lists.has(keyword)) return this.#list(keyword, before, after, where);
    if (same(before, after)) return [];
    const what = `${keyword} was ${show(before)}, is ${show(after)}`;
    const told = words.has(keyword) ? "is described differently" : what;
    return [{ severity: this.#plain(keyword, before, after), where, what: told }];
  }

  /** Keywords whose value is compared as a whole. */
  #plain(keyword: string, before: Json | undefined, after: Json | undefined): Severity {
    if (words.has(keyword) || keyword.startsWith("x-")) return "documentation";
    // What an absent value means to the other side has changed.
    if (keyword === "default") return "breaking";
    if (before === undefined) return narrowed(this.#direction);
    if (after === undefined) return widened(this.#direction);
    if (keyword === "type" || keyword === "enum") {
      return ofSets(admitted(keyword, before), admitted(keyword, after), this.#direction);
    }
    const tighter = upper.has(keyword) ? Number(after) < Number(before) : Number(after) > Number(before);
    if (upper.has(keyword) || lower.has(keyword)) return tighter ? narrowed(this.#direction) : widened(this.#direction);
    return "breaking";
  }

  #members(keyword: string, left: JsonObject, right: JsonObject, where: string): Change[] {
    const [before, after] = [objectAt(left, keyword), objectAt(right, keyword)];
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name): Change[] => {
      const place = below(where, name);
      const [was, is] = [before[name], after[name]];
      if (was !== undefined && is !== undefined) return this.compare(was, is, place);
      if (was !== undefined) return [{ severity: "breaking", where: place, what: "was removed" }];
      // A required newcomer is told apart by `required`.
      return [{ severity: "additive", where: place, what: "was added" }];
    });
  }

  #required(left: JsonObject, right: JsonObject, where: string): Change[] {
    const names = (schema: JsonObject): string[] => {
      const required = schema["required"];
      return Array.isArray(required) ? required.map(String) : [];
    };
    const [before, after] = [names(left), names(right)];
    const became = after.filter((name) => !before.includes(name));
    const ceased = before.filter((name) => !after.includes(name));
    return [
      ...became.map((name) => ({
        severity: narrowed(this.#direction),
        where: below(where, name),
        what: "became required",
      })),
      ...ceased.map((name) => ({
        severity: widened(this.#direction),
        where: below(where, name),
        what: "became optional",
      })),
    ];
  }

  #single(keyword: string, before: Json | undefined, after: Json | undefined, where: string): Change[] {
    if (same(before, after) && referenceOf(before ?? true) === undefined && !isObject(before)) return [];
    const place = below(where, keyword === "items" ? "*" : keyword);
    if (before === undefined || after === undefined) {
      const what = `${keyword} was ${show(before)}, is ${show(after)}`;
      return [{ severity: before === undefined ? narrowed(this.#direction) : widened(this.#direction), where, what }];
    }
    return this.compare(before, after, place);
  }

  #list(keyword: string, before: Json | undefined, after: Json | undefined, where: string): Change[] {
    const [left, right] = [before, after].map((list) => (Array.isArray(list) ? list : []) as readonly Json[]);
    const pairs = Math.max(left?.length ?? 0, right?.length ?? 0);
    return Array.from({ length: pairs }, (_entry, index) => index).flatMap((index): Change[] => {
      const [was, is] = [left?.[index], right?.[index]];
      if (was !== undefined && is !== undefined) return this.compare(was, is, below(where, `${keyword}/${index}`));
      const grew = was === undefined;
      const wider = alternatives.has(keyword) ? grew : !grew;
      const severity = wider ? widened(this.#direction) : narrowed(this.#direction);
      return [{ severity, where, what: `${keyword} ${grew ? "gained" : "lost"} a branch` }];
    });
  }
}

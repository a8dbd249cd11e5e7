/** Differences between two schemas, as the callers of an API meet them. */

import { memberOf } from "../member.js";
import { alternativesOf, paired } from "./branches.js";
import { type Change, type Direction, narrowed, widened } from "./change.js";
import { conjuncts, flatten, referenceOf } from "./flatten.js";
import { isOtherType, plainChange } from "./keywords.js";
import { canonical, isObject, type Json, type JsonObject, objectAt } from "./view.js";

const single: ReadonlySet<string> = new Set([
  "items",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "propertyNames",
]);

const open: Readonly<Record<string, string>> = {
  additionalProperties: "other properties",
  unevaluatedProperties: "other properties",
  items: "further elements",
};

/** A place inside another: `request body /three_pid_creds/sid`. */
const below = (where: string, name: string): string => (where.includes("/") ? `${where}/${name}` : `${where} /${name}`);

const longest = 60;

/** A branch in few words. */
const told = (branch: Json): string => {
  const { title, type } = isObject(branch) ? branch : {};
  if (typeof type === "string" && isObject(branch) && Object.keys(branch).length === 1) return type;
  const text = referenceOf(branch) ?? (typeof title === "string" ? title : JSON.stringify(branch));
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

const namesAt = (schema: JsonObject, keyword: string): readonly string[] => {
  const list = schema[keyword];
  return Array.isArray(list) ? list.map(String) : [];
};

/** What a property must be that is not described by its name; undefined where nothing is said of it. */
const others = (schema: JsonObject): Json | undefined => {
  const rest = schema["additionalProperties"];
  return isObject(rest) && Object.keys(rest).length > 0 ? rest : undefined;
};

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
    const pair = [before, after].map((schema) => conjuncts(schema).map(canonical).sort().join()).join(" ");
    // What is inside itself is compared once: a schema that differs differs where it is first met.
    if (this.#open.has(pair)) return [];
    this.#open.add(pair);
    const changes = this.#flat(flatten(before, this.#sides.before), flatten(after, this.#sides.after), where);
    this.#open.delete(pair);
    const name = referenceOf(after) ?? referenceOf(before);
    return name === undefined ? changes : changes.map((change) => this.#told(change, name, where));
  }

  /** A change of a named schema, told without the place that led there; the innermost name is the one that changed. */
  #told(change: Change, name: string, where: string): Change {
    if (change.shared !== undefined) return change;
    const inside = change.where.slice(where.length).trim();
    const place = [name, inside, `in ${this.#direction}s`].filter((part) => part !== "").join(" ");
    return { ...change, shared: `${place}: ${change.what}` };
  }

  #flat(left: JsonObject, right: JsonObject, where: string): Change[] {
    const both = alternativesOf(left, right);
    if (both === undefined) return this.#keywords(left, right, where);
    const [before, after] = both;
    return [
      ...this.#keywords(before.rest, after.rest, where),
      ...this.#alternatives(before.branches, after.branches, where),
    ];
  }

  #keywords(left: JsonObject, right: JsonObject, where: string): Change[] {
    if (isOtherType(left, right)) return plainChange("type", left, right, { where, direction: this.#direction });
    const keywords = new Set([...Object.keys(left), ...Object.keys(right)]);
    // A value that must be one is a list of values with one in it.
    if (keywords.delete("const")) keywords.add("enum");
    // Which properties are required is told with them.
    if (keywords.delete("required")) keywords.add("properties");
    return [...keywords].flatMap((keyword) => this.#keyword(keyword, left, right, where));
  }

  #keyword(keyword: string, left: JsonObject, right: JsonObject, where: string): Change[] {
    const [before, after] = [left[keyword], right[keyword]];
    if (keyword === "properties") return this.#properties(left, right, where);
    if (keyword === "patternProperties") return this.#patterns(left, right, where);
    if (single.has(keyword)) return this.#single(keyword, before, after, where);
    if (keyword === "prefixItems" || keyword === "allOf") return this.#list(keyword, before, after, where);
    return plainChange(keyword, left, right, { where, direction: this.#direction });
  }

  /** A property may be described by name, or be one of the others; a closed schema has no others. */
  #properties(left: JsonObject, right: JsonObject, where: string): Change[] {
    const before = this.#travelling(left, this.#sides.before);
    const after = this.#travelling(right, this.#sides.after);
    const names = [before, after].flatMap(({ described, required }) => [...Object.keys(described), ...required]);
    return [...new Set(names)].flatMap((name): Change[] => {
      const place = below(where, name);
      const required = [before.required.includes(name), after.required.includes(name)] as const;
      const was = memberOf(before.described, name) ?? others(left) ?? (required[0] ? true : undefined);
      const is =
        memberOf(after.described, name) ?? others(right) ?? (required[1] && was !== undefined ? true : undefined);
      if (was === undefined) return [this.#added(place, required[1])];
      if (is === undefined) return [{ severity: "breaking", where: place, what: "was removed" }];
      return [...this.#requiredChange(place, ...required), ...this.compare(was, is, place)];
    });
  }

  /** Properties that go this way: nobody sends what is read only, nobody receives what is write only. */
  #travelling(schema: JsonObject, schemas: JsonObject): { described: JsonObject; required: readonly string[] } {
    const marker = this.#direction === "request" ? "readOnly" : "writeOnly";
    const entries = Object.entries(objectAt(schema, "properties"));
    const hidden = new Set(
      entries.filter(([, property]) => flatten(property, schemas)[marker] === true).map(([name]) => name),
    );
    return {
      described: Object.fromEntries(entries.filter(([name]) => !hidden.has(name))),
      required: namesAt(schema, "required").filter((name) => !hidden.has(name)),
    };
  }

  #added(where: string, required: boolean): Change {
    const severity = required ? narrowed(this.#direction) : "additive";
    return { severity, where, what: required ? "was added, required" : "was added" };
  }

  #requiredChange(where: string, before: boolean, after: boolean): Change[] {
    if (before === after) return [];
    const severity = after ? narrowed(this.#direction) : widened(this.#direction);
    return [{ severity, where, what: after ? "became required" : "became optional" }];
  }

  #patterns(left: JsonObject, right: JsonObject, where: string): Change[] {
    const [before, after] = [objectAt(left, "patternProperties"), objectAt(right, "patternProperties")];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((pattern): Change[] => {
      const place = below(where, `{${pattern}}`);
      const [was, is] = [memberOf(before, pattern), memberOf(after, pattern)];
      if (was !== undefined && is !== undefined) return this.compare(was, is, place);
      const severity = was === undefined ? narrowed(this.#direction) : "breaking";
      return [{ severity, where: place, what: was === undefined ? "is described now" : "is described no more" }];
    });
  }

  #single(keyword: string, before: Json | undefined, after: Json | undefined, where: string): Change[] {
    const what = open[keyword];
    if (what !== undefined && before !== after && (before === false || after === false)) {
      const closed = after === false;
      const severity = closed ? narrowed(this.#direction) : widened(this.#direction);
      return [{ severity, where, what: closed ? `may have no ${what} any more` : `may have ${what}` }];
    }
    if (before === undefined && after === undefined) return [];
    return this.compare(before ?? true, after ?? true, below(where, keyword === "items" ? "*" : keyword));
  }

  /** Positions of a tuple, and what could not be merged of `allOf`. */
  #list(keyword: string, before: Json | undefined, after: Json | undefined, where: string): Change[] {
    const [left, right] = [before, after].map((list): readonly Json[] => (Array.isArray(list) ? list : []));
    if (left === undefined || right === undefined) return [];
    const sorted = (list: readonly Json[]): string => list.map(canonical).sort().join(" ");
    if (keyword === "allOf" && sorted(left) === sorted(right)) return [];
    return Array.from({ length: Math.max(left.length, right.length) }).flatMap((_none, index) => {
      const place = below(where, keyword === "prefixItems" ? `${index}` : `${keyword}/${index}`);
      return this.compare(left[index] ?? true, right[index] ?? true, place);
    });
  }

  /** Alternatives of the two sides belong together where they have one name or say the same. */
  #alternatives(before: readonly Json[], after: readonly Json[], where: string): Change[] {
    const equal = (was: Json, is: Json): boolean =>
      this.compare(was, is, where).every(({ severity }) => severity === "documentation");
    const { kept, lost, won } = paired(before, after, equal);
    const gone = narrowed(this.#direction);
    const more = widened(this.#direction);
    return [
      ...kept.flatMap(([was, is]) => this.compare(was, is, where)),
      ...lost.map((branch): Change => ({ severity: gone, where, what: `may be ${told(branch)} no more` })),
      ...won.map((branch): Change => ({ severity: more, where, what: `may also be ${told(branch)}` })),
    ];
  }
}

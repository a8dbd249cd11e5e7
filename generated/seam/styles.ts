/**
 * Values as text, by the style of their parameter: what stands in front of them, between them, and between the name
 * and the value of each member.
 */

import type { Parameter, Scalar } from "./contract.js";

/** The members of an object by name, as they stand in a text. */
type Entries = readonly (readonly [name: string, text: string])[];

/** What a value that is written differently from how its style wants it is read as. */
export class Malformed {
  readonly kind = "malformed";
}

const malformed = new Malformed();

/** The value of one text. What is no number, boolean, object or JSON stays text, for validation to refuse. */
export const readText = (parameter: Parameter, text: string): unknown => {
  switch (parameter.type) {
    case "array": {
      const texts = listOf(parameter, text);
      return texts instanceof Malformed ? texts : texts.map((item) => readItem(parameter, item));
    }
    case "object": {
      const entries = entriesOf(parameter, text);
      if (entries === undefined) return text;
      return entries instanceof Malformed ? entries : readMembers(parameter, entries);
    }
    case "json":
      return parsed(text);
    case "file":
      return text;
    default: {
      const bare = withoutMark(parameter, text);
      return bare instanceof Malformed ? bare : readScalar(parameter.type, bare);
    }
  }
};

/** One element of a list. */
export const readItem = ({ items = "string" }: Parameter, text: string): unknown => {
  if (items === "json") return parsed(text);
  return items === "file" ? text : readScalar(items, text);
};

/** The text behind a style's mark. */
const withoutMark = ({ name, style }: Parameter, text: string): string | Malformed => {
  if (style === "label") return text.startsWith(".") ? text.slice(1) : malformed;
  if (style !== "matrix") return text;
  if (text === `;${name}`) return "";
  return text.startsWith(`;${name}=`) ? text.slice(name.length + 2) : malformed;
};

const listOf = (parameter: Parameter, text: string): readonly string[] | Malformed => {
  if (parameter.style === "matrix" && parameter.explode === true) return repeated(parameter, text);
  const bare = withoutMark(parameter, text);
  if (bare instanceof Malformed) return bare;
  return bare === "" ? [] : bare.split(between(parameter));
};

/** The values of `;name=a;name=b`. */
const repeated = (parameter: Parameter, text: string): readonly string[] | Malformed => {
  const values = text
    .split(";")
    .slice(1)
    .map((part) => withoutMark(parameter, `;${part}`));
  const texts = values.filter((value) => typeof value === "string");
  return text.startsWith(";") && texts.length === values.length ? texts : malformed;
};

/** What separates the elements of a list, or the members of an object. */
const between = ({ style, explode, separator }: Parameter): string => {
  if (explode === true && style === "label") return ".";
  if (explode === true && style === "matrix") return ";";
  return separator === undefined || separator === "multi" ? "," : separator;
};

/** The members of `a=1,b=2` or `a,1,b,2`; undefined when they do not come in pairs. */
const entriesOf = (parameter: Parameter, text: string): Entries | Malformed | undefined => {
  const isExploded = parameter.explode === true;
  const mark = parameter.style === "matrix" && isExploded ? ";" : undefined;
  const bare = mark === undefined ? withoutMark(parameter, text) : text.startsWith(mark) ? text.slice(1) : malformed;
  if (bare instanceof Malformed) return bare;
  if (bare === "") return [];
  const parts = bare.split(between(parameter));
  if (isExploded) return parts.map((part) => atFirst(part, "="));
  if (parts.length % 2 === 1) return undefined;
  return parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? ""] as const] : []));
};

const atFirst = (text: string, sign: string): readonly [string, string] => {
  const at = text.indexOf(sign);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
};

/** An object of the members that the parameter knows, or has a type for. */
export const readMembers = (parameter: Parameter, entries: Entries): Readonly<Record<string, unknown>> => {
  const members: Record<string, unknown> = {};
  for (const [name, text] of entries) {
    const type = parameter.members?.find(([known]) => known === name)?.[1] ?? parameter.others;
    if (type !== undefined && name !== "__proto__") members[name] = readScalar(type, text);
  }
  return members;
};

/** An object whose members are keys of the query: `a=1&b=2`, or `name[a]=1&name[b]=2`. */
export const isSpread = ({ type, in: place, style, explode }: Parameter): boolean =>
  type === "object" && place === "query" && (style === "deepObject" || explode === true);

/** The name of the member that a key of the query stands for; undefined when it stands for something else. */
export const memberOfKey = (parameter: Parameter, key: string): string | undefined => {
  if (parameter.style !== "deepObject") return parameter.apart?.includes(key) === true ? undefined : key;
  const { name } = parameter;
  return key.startsWith(`${name}[`) && key.endsWith("]") ? key.slice(name.length + 1, -1) : undefined;
};

/** The key of the query that stands for a member. */
export const keyOfMember = ({ name, style }: Parameter, member: string): string =>
  style === "deepObject" ? `${name}[${member}]` : member;

/** The members of an object that have a value. */
export const membersOf = (value: unknown): Entries =>
  Object.entries(Object(value)).flatMap(([name, member]) => (member === undefined ? [] : [[name, String(member)]]));

/**
 * A list or object as one text; undefined when a part holds what separates it from the next one, so that nobody could
 * read it back.
 */
export const writeText = (parameter: Parameter, value: unknown): string | undefined => {
  const { name, style } = parameter;
  const isExploded = parameter.explode === true;
  if (parameter.type === "array" && Array.isArray(value)) {
    const items = joined(parameter, value.map(String));
    if (items === undefined || style === undefined) return items;
    return marked(parameter, isExploded && style === "matrix" ? items.replaceAll(";", `;${name}=`) : items);
  }
  if (parameter.type !== "object") return marked(parameter, String(value));
  const entries = membersOf(value);
  if (isExploded && entries.some(([key]) => key.includes("="))) return undefined;
  const members = joined(parameter, isExploded ? entries.map((entry) => entry.join("=")) : entries.flat());
  if (members === undefined) return undefined;
  return isExploded && style === "matrix" ? `;${members}` : marked(parameter, members);
};

const joined = (parameter: Parameter, parts: readonly string[]): string | undefined => {
  const separator = between(parameter);
  const isReadable = !parts.some((part) => part.includes(separator)) && !(parts.length === 1 && parts[0] === "");
  return isReadable ? parts.join(separator) : undefined;
};

const marked = ({ name, style }: Parameter, text: string): string => {
  if (style === "label") return `.${text}`;
  return style === "matrix" ? `;${name}=${text}` : text;
};

/** A text as what it stands for; what is no number or boolean stays text. */
export const readScalar = (type: Scalar, text: string): string | number | boolean => {
  switch (type) {
    case "integer": {
      const value = /^-?[0-9]{1,16}$/.test(text) ? Number(text) : undefined;
      return value !== undefined && Number.isSafeInteger(value) ? value : text;
    }
    case "number": {
      const value = numberGrammar.test(text) ? Number(text) : undefined;
      return value !== undefined && Number.isFinite(value) ? value : text;
    }
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "string":
      return text;
  }
};

const numberGrammar = /^-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?$/;

const parsed = (text: string): unknown => {
  try {
    return settle(JSON.parse(text), 64) ?? text;
  } catch {
    return text;
  }
};

/**
 * Removes every own `__proto__` of a parsed JSON value, in place: copied with an assignment it would change the
 * prototype of the copy. Answers the value, or undefined when it nests deeper than `depth`.
 */
export const settle = (value: unknown, depth: number): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (depth <= 0) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === "object" && item !== null && settle(item, depth - 1) === undefined) return undefined;
    }
    return value;
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === "__proto__") Reflect.deleteProperty(value, key);
    else if (typeof member === "object" && member !== null && settle(member, depth - 1) === undefined) return undefined;
  }
  return value;
};

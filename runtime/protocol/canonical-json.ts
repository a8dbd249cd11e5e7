/** Canonical JSON (appendices, "Canonical JSON"): the one spelling of a value that signatures are made over. */

import { isWellFormed } from "./well-formed.js";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** The value has no canonical spelling; `path` says where. */
export class CanonicalJsonError extends Error {
  override readonly name = "CanonicalJsonError";
  /** JSON pointer to the part that cannot be spelled; empty for the whole value. */
  readonly path: string;

  constructor(path: string, why: string) {
    super(`${path === "" ? "The value" : path} ${why}`);
    this.path = path;
  }
}

/** Deeper values are refused rather than allowed to exhaust the stack. */
const maxDepth = 200;

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

const escapeControl = (character: string): string =>
  escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const spellString = (text: string, path: string): string => {
  if (!isWellFormed(text)) throw new CanonicalJsonError(path, "holds half of a surrogate pair");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON must escape.
  return `"${text.replace(/["\\\u0000-\u001f]/g, escapeControl)}"`;
};

/** Orders by Unicode code point. UTF-16 order, which `sort()` uses, puts U+1F600 before U+FB03. */
const compareCodePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const [xSurrogate, ySurrogate] = [isSurrogate(x), isSurrogate(y)];
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
};

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

const isPlainObject = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const pointer = (path: string, key: string): string => `${path}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`;

const spell = (value: unknown, path: string, depth: number): string => {
  if (depth > maxDepth) throw new CanonicalJsonError(path, `lies deeper than ${maxDepth} levels`);
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return spellString(value, path);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new CanonicalJsonError(path, "is no integer within ±(2^53 - 1)");
    // String() spells -0 as "0", as canonical JSON wants it, and uses no exponent below 1e21.
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, i) => spell(item, `${path}/${i}`, depth + 1)).join(",")}]`;
  }
  if (typeof value === "object" && isPlainObject(value)) {
    const members = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
    return `{${members
      .map(([key, member]) => {
        const at = pointer(path, key);
        return `${spellString(key, at)}:${spell(member, at, depth + 1)}`;
      })
      .join(",")}}`;
  }
  throw new CanonicalJsonError(path, "is no JSON value");
};

/**
 * The canonical spelling of a JSON value. Only own enumerable members count, so `__proto__` is a name like any other.
 * Throws {@link CanonicalJsonError} for what has none: fractions, large integers, half surrogates, undefined, dates.
 */
export const canonicalJson = (value: unknown): string => spell(value, "", 0);

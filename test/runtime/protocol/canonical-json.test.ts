import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CanonicalJsonError, canonicalJson } from "../../../runtime/protocol/canonical-json.js";
import { canonicalSpellings } from "./known-answers.js";

describe("canonical JSON", () => {
  it.each(canonicalSpellings)("spells %s as %s", (given, want) => {
    expect(canonicalJson(JSON.parse(given))).toBe(want);
  });

  it.each([
    ["orders by code point, not by UTF-16 unit", { "\u{1F600}": 1, "\uFB03": 2 }, '{"\uFB03":2,"\u{1F600}":1}'],
    ["puts a prefix first", { ab: 1, a: 2, "": 3 }, '{"":3,"a":2,"ab":1}'],
    ["orders numeric names as text", { 10: 1, 9: 2 }, '{"10":1,"9":2}'],
    ["escapes what it must", '"\\\b\f\n\r\t\u0000\u001f\u007f/é', '"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\u007f/é"'],
    [
      "keeps large integers whole",
      { a: 2 ** 53 - 1, b: -(2 ** 53 - 1) },
      '{"a":9007199254740991,"b":-9007199254740991}',
    ],
    ["takes __proto__ for a name", JSON.parse('{"__proto__":{"x":1},"a":2}'), '{"__proto__":{"x":1},"a":2}'],
    ["takes objects without prototype", Object.assign(Object.create(null), { a: [] }), '{"a":[]}'],
  ])("%s", (_, given, want) => {
    expect(canonicalJson(given)).toBe(want);
  });

  it.each([
    ["a fraction", { a: [0.5] }, "/a/0"],
    ["an integer that is not safe", { a: 2 ** 53 }, "/a"],
    ["NaN", Number.NaN, ""],
    ["half a surrogate pair", { a: "\ud83d" }, "/a"],
    ["half a surrogate pair in a name", { "\ude00": 1 }, "/\ude00"],
    ["undefined", { "x/y": undefined }, "/x~1y"],
    ["a hole", new Array(2).fill(1, 0, 1), "/1"],
    ["a date", { at: new Date(0) }, "/at"],
    ["a map", new Map(), ""],
    ["a bigint", { a: 1n }, "/a"],
    ["a function", { a: () => 1 }, "/a"],
  ])("refuses %s and says where", (_, given, path) => {
    expect(() => canonicalJson(given)).toThrow(expect.objectContaining({ name: "CanonicalJsonError", path }));
  });

  it("refuses depth that would exhaust the stack", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow(CanonicalJsonError);
  });

  it("means the same and does not depend on the order of members", () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.string({ unit: "binary" }),
        fc.array(tie("value")),
        fc.dictionary(fc.string({ unit: "binary" }), tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(value, (given) => {
        const text = canonicalJson(given);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(reversed(given))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(given)));
      }),
    );
  });
});

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
};

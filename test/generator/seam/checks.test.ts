import { createRequire } from "node:module";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, equal, ucs2length } from "../../../generator/seam/checks.js";

const ajv = new Ajv2020({ messages: false, strict: false });
const load = createRequire(import.meta.url);

const violation = (schema: object, value: unknown) => check(ajv.compile(schema))(value);

const threepid = {
  type: "object",
  required: ["medium", "address"],
  properties: { medium: { enum: ["email", "msisdn"] }, address: { type: "string", maxLength: 5 } },
};

describe("check", () => {
  it.each<[object, unknown, object | undefined]>([
    [threepid, { medium: "email", address: "a" }, undefined],
    [threepid, [], { path: "", keyword: "type", message: "must be object" }],
    [threepid, { medium: "email" }, { path: "", keyword: "required", missing: "address", message: "lacks address" }],
    [
      threepid,
      { medium: "fax", address: "a" },
      { path: "/medium", keyword: "enum", message: "must be email or msisdn" },
    ],
    [
      threepid,
      { medium: "email", address: "secret" },
      { path: "/address", keyword: "maxLength", message: "must have at most 5 characters" },
    ],
    [{ properties: { threepid } }, { threepid: {} }, { path: "/threepid", missing: "medium" }],
    [{ anyOf: [{ required: ["a"] }, { required: ["b"] }] }, {}, { keyword: "required", missing: "a" }],
    [{ anyOf: [{ required: ["a"] }, { type: "string" }] }, {}, { keyword: "required", missing: "a" }],
    [{ anyOf: [{ required: ["a"] }, { minProperties: 1 }] }, {}, { keyword: "anyOf" }],
    [{ type: ["string", "null"] }, 1, { message: "must be string or null" }],
    [{ pattern: "^a$" }, "secret", { message: "must match ^a$" }],
    [{ minimum: 3 }, 1, { message: "must be >= 3" }],
    [{ const: 1 }, 2, { message: "must be 1" }],
    [{ minItems: 1 }, [], { message: "must have at least 1 items" }],
    [{ uniqueItems: true }, [1, 1], { message: "must not repeat an item" }],
    [{ additionalProperties: false }, { secret: 1 }, { message: "is not allowed" }],
    [{ propertyNames: { maxLength: 1 } }, { secret: 1 }, { message: expect.any(String) }],
    [false as never, 1, { keyword: "false schema" }],
  ])("of %j over %j", (schema, value, want) => {
    const found = violation(schema, value);
    if (want === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(want);
    expect(found?.message ?? "").not.toContain("secret");
  });
});

describe("run-time helpers", () => {
  it("count and compare like Ajv's own", () => {
    const [theirLength, theirEqual] = ["ucs2length", "equal"].map(
      (name): unknown => load(`ajv/dist/runtime/${name}`).default,
    );
    if (typeof theirLength !== "function" || typeof theirEqual !== "function")
      throw new Error("ajv has moved its helpers");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(ucs2length(text)).toBe(theirLength(text));
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(equal(left, structuredClone(left))).toBe(true);
        // Theirs calls a member named valueOf or toString, and throws where it is no function.
        fc.pre(!/"(valueOf|toString)":/.test(JSON.stringify([left, right])));
        expect(equal(left, right)).toBe(theirEqual(left, right));
      }),
    );
  });

  it.each(["\ud800", "\ud800\ud800\udc00", "\udc00a", "😀😀", ""])("counts the code points of %j", (text) => {
    expect(ucs2length(text)).toBe(Array.from(text).length);
  });
});

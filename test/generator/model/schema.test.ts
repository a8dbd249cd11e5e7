import { describe, expect, test } from "vitest";
import { byStatus, isJson, mediaTypeOf, statusOf } from "../../../generator/model/documents.js";
import { merge, mergePatch, nullable } from "../../../generator/model/schema.js";

describe("merging", () => {
  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: "foo" }, "bar", "bar"],
    [["a"], { a: "b" }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("RFC 7396: %j patched with %j is %j", (target, patch, want) => {
    expect(mergePatch(target, patch)).toEqual(want);
  });

  test("beside a reference the sibling wins; properties, patterns and requirements unite", () => {
    expect(
      merge(
        { type: "object", title: "A", properties: { a: {} }, patternProperties: { "^a": {} }, required: ["a", "c"] },
        { title: "B", properties: { b: {} }, patternProperties: { "^b": {} }, required: ["b", "a"] },
      ),
    ).toEqual({
      type: "object",
      title: "B",
      properties: { a: {}, b: {} },
      patternProperties: { "^a": {}, "^b": {} },
      required: ["a", "c", "b"],
    });
  });

  test.each([
    [{ type: "string" }, { type: ["string", "null"] }],
    [{ type: ["string", "null"] }, { type: ["string", "null"] }],
    [
      { type: "string", enum: ["a"] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [{ $ref: "#/components/schemas/A" }, { anyOf: [{ $ref: "#/components/schemas/A" }, { type: "null" }] }],
  ] as const)("%j, or null", (schema, want) => {
    expect(nullable(schema)).toEqual(want);
  });
});

describe("statuses and media types", () => {
  test.each([
    ["200", "200"],
    ["3xx", "3XX"],
    ["default", "default"],
    ["600", undefined],
    ["20", undefined],
    ["2x0", undefined],
    ["ok", undefined],
  ])("%s is %s", (key, want) => {
    expect(statusOf(key)).toBe(want);
  });

  test("exact statuses ascend, a range follows its hundred, default is last", () => {
    const statuses = ["default", "4XX", "500", "404", "2XX", "400", "200"].map((status) => ({ status }));
    expect(statuses.sort(byStatus).map(({ status }) => status)).toEqual([
      "200",
      "2XX",
      "400",
      "404",
      "4XX",
      "500",
      "default",
    ]);
  });

  test.each([
    ["Application/JSON; charset=utf-8", "application/json", true],
    ["application/problem+json", "application/problem+json", true],
    ["text/html", "text/html", false],
    ["application/jsonp", "application/jsonp", false],
  ])("%s", (text, mediaType, json) => {
    expect(mediaTypeOf(text)).toBe(mediaType);
    expect(isJson(mediaType)).toBe(json);
  });
});

import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Schema } from "../../../generator/model/model.js";
import { formats } from "../../../generator/seam/checks.js";
import { arbitraryOf } from "../../../generator/values/arbitrary.js";
import { plainest } from "../../../generator/values/choices.js";
import { fittingValue } from "../../../generator/values/value.js";

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text: Schema = { type: "string" };

const schemas: Readonly<Record<string, Schema>> = {
  Tree: {
    type: "object",
    required: ["name"],
    properties: { name: text, children: { type: "array", items: ref("Tree") } },
  },
  Chain: { anyOf: [{ type: "object", required: ["next"], properties: { next: ref("Chain") } }, { type: "null" }] },
  Closed: { type: "object", properties: { a: text }, additionalProperties: false },
};

const rows: readonly { readonly name: string; readonly schema: Schema; readonly plain: unknown }[] = [
  { name: "text", schema: text, plain: "string" },
  { name: "short text", schema: { type: "string", maxLength: 2 }, plain: "st" },
  { name: "long text", schema: { type: "string", minLength: 8 }, plain: "stringaa" },
  { name: "a pattern", schema: { type: "string", pattern: "^[0-9a-zA-Z.=_-]{1,255}$" }, plain: "0" },
  {
    name: "a pattern and a length",
    schema: { type: "string", pattern: "^[a-z]+$", minLength: 20 },
    plain: "a".repeat(20),
  },
  { name: "an open pattern", schema: { type: "string", pattern: "^@", maxLength: 3, minLength: 2 }, plain: "@a" },
  {
    name: "alternatives in a pattern",
    schema: { type: "string", pattern: "^(?:ed|cross)\\d{2}:(\\w|\\.)*$" },
    plain: "ed00:",
  },
  { name: "a format", schema: { type: "string", format: "date-time" }, plain: "2026-01-01T00:00:00Z" },
  { name: "a format and a pattern", schema: { type: "string", format: "uri", pattern: "^turns?:" }, plain: "turn:aaa" },
  { name: "an enumeration", schema: { enum: ["email", "msisdn"] }, plain: "email" },
  { name: "a constant", schema: { const: { a: 1 } }, plain: { a: 1 } },
  { name: "a whole number", schema: { type: "integer" }, plain: 0 },
  { name: "a number between", schema: { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 1.25 }, plain: 1.125 },
  { name: "a number of steps", schema: { type: "integer", minimum: 10, multipleOf: 7 }, plain: 14 },
  { name: "a negative number", schema: { type: "integer", maximum: -3 }, plain: -3 },
  { name: "nullable", schema: { type: ["null", "string"] }, plain: "string" },
  { name: "a list", schema: { type: "array", items: text, minItems: 2, maxItems: 3 }, plain: ["string", "string"] },
  {
    name: "a set",
    schema: { type: "array", items: text, minItems: 3, uniqueItems: true },
    plain: ["string", "two words", "\u00e4\u00f6\u00fc"],
  },
  {
    name: "a tuple",
    schema: { type: "array", prefixItems: [text, { type: "integer" }], items: false },
    plain: ["string", 0],
  },
  {
    name: "required fields alone",
    schema: { type: "object", required: ["a"], properties: { a: text, b: text } },
    plain: { a: "string" },
  },
  { name: "a required field that nothing describes", schema: { type: "object", required: ["a"] }, plain: { a: {} } },
  {
    name: "a map",
    schema: { type: "object", additionalProperties: { type: "integer" }, minProperties: 1 },
    plain: { key1: 0 },
  },
  {
    name: "names by pattern",
    schema: { type: "object", patternProperties: { "^ed25519:": text }, additionalProperties: false, minProperties: 1 },
    plain: { "ed25519:": "string" },
  },
  {
    name: "fields that bring others",
    schema: { type: "object", required: ["a"], properties: { a: text, b: text }, dependentRequired: { a: ["b"] } },
    plain: { a: "string", b: "string" },
  },
  {
    name: "parts together",
    schema: { allOf: [ref("Tree"), { type: "object", required: ["b"], properties: { b: { type: "boolean" } } }] },
    plain: { name: "string", b: true },
  },
  {
    name: "a part that is closed",
    schema: { allOf: [ref("Closed"), { type: "object", properties: { b: text } }] },
    plain: {},
  },
  { name: "a choice", schema: { oneOf: [{ type: "integer" }, text] }, plain: 0 },
  {
    name: "a choice of what is there",
    schema: { allOf: [ref("Tree")], anyOf: [{ required: ["children"] }, { required: ["name"] }] },
    plain: { name: "string", children: [] },
  },
  { name: "one branch and no other", schema: { oneOf: [{ type: "object" }, ref("Tree")] }, plain: {} },
  {
    name: "one branch, where the plainest fits two",
    schema: { type: "object", properties: { pick: { oneOf: [text, { enum: ["a", "string"] }] } }, required: ["pick"] },
    plain: { pick: "two words" },
  },
  { name: "anything but one value", schema: { enum: ["a", "b", "c"], not: { const: "a" } }, plain: "b" },
  {
    name: "what depends on a condition",
    schema: {
      type: "object",
      required: ["by"],
      properties: { by: { enum: ["email", "phone"] }, email: text },
      if: { properties: { by: { const: "phone" } } },
      else: { required: ["email"] },
    },
    plain: { by: "phone", email: "a" },
  },
  { name: "a type made of itself", schema: ref("Tree"), plain: { name: "string" } },
  { name: "anything", schema: {}, plain: {} },
];

describe("values that fit a schema", () => {
  const ajv = new Ajv2020({ strict: false, formats, logger: false });
  ajv.addSchema({ $id: "service", components: { schemas } });
  const compiled = (schema: Schema) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"service#/')));

  test.each(rows)("$name", ({ schema, plain }) => {
    const fits = compiled(schema);
    expect(fittingValue(schema, schemas, plainest)).toEqual(plain);
    const lists = fc.array(fc.nat(), { maxLength: 40, size: "max" });
    const values: unknown[] = fc.sample(arbitraryOf(lists, schema, schemas), { numRuns: 500, seed: 7 });
    expect(values.filter((value) => !fits(value)).slice(0, 3)).toEqual([]);
  });

  test("a type that leads to itself ends", () => {
    const fits = compiled(ref("Chain"));
    const lists = fc.array(fc.nat(), { maxLength: 200, size: "max" });
    fc.assert(
      fc.property(arbitraryOf(lists, ref("Chain"), schemas), (value) => fits(value)),
      { seed: 7 },
    );
  });
});

test("what fails shrinks to the plainest value that fails", () => {
  const schema: Schema = { type: "object", properties: { a: text, b: { type: "integer" } } };
  const lists = fc.array(fc.nat());
  const hasNoB = (value: unknown): boolean => typeof value === "object" && value !== null && !("b" in value);
  const { failed, counterexample } = fc.check(fc.property(arbitraryOf(lists, schema), hasNoB), { seed: 7 });
  expect({ failed, counterexample }).toEqual({ failed: true, counterexample: [{ b: 0 }] });
});

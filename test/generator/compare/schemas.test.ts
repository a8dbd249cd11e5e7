import { expect, test } from "vitest";
import { SchemaComparison } from "../../../generator/compare/schemas.js";
import type { Json } from "../../../generator/compare/view.js";

const object = (properties: Json, required: readonly string[] = []): Json => ({ type: "object", properties, required });

/** A change, and how it is met by callers who send it and by callers who receive it. */
const rows: readonly { name: string; before: Json; after: Json; request: string; response: string }[] = [
  {
    name: "an optional property added",
    before: object({}),
    after: object({ a: {} }),
    request: "additive",
    response: "additive",
  },
  {
    name: "a required property added",
    before: object({}),
    after: object({ a: {} }, ["a"]),
    request: "additive breaking",
    response: "additive additive",
  },
  {
    name: "a property removed",
    before: object({ a: {} }),
    after: object({}),
    request: "breaking",
    response: "breaking",
  },
  {
    name: "became required",
    before: object({ a: {} }),
    after: object({ a: {} }, ["a"]),
    request: "breaking",
    response: "additive",
  },
  {
    name: "became optional",
    before: object({ a: {} }, ["a"]),
    after: object({ a: {} }),
    request: "additive",
    response: "breaking",
  },
  {
    name: "another type",
    before: { type: "string" },
    after: { type: "integer" },
    request: "breaking",
    response: "breaking",
  },
  {
    name: "one more type",
    before: { type: "string" },
    after: { type: ["string", "null"] },
    request: "additive",
    response: "breaking",
  },
  {
    name: "integers become numbers",
    before: { type: "integer" },
    after: { type: "number" },
    request: "additive",
    response: "breaking",
  },
  {
    name: "one more value",
    before: { enum: ["a"] },
    after: { enum: ["a", "b"] },
    request: "additive",
    response: "breaking",
  },
  {
    name: "one value less",
    before: { enum: ["a", "b"] },
    after: { enum: ["a"] },
    request: "breaking",
    response: "additive",
  },
  {
    name: "a lower limit",
    before: { maxLength: 9 },
    after: { maxLength: 5 },
    request: "breaking",
    response: "additive",
  },
  {
    name: "a higher limit",
    before: { maxLength: 5 },
    after: { maxLength: 9 },
    request: "additive",
    response: "breaking",
  },
  { name: "a limit gone", before: { minimum: 5 }, after: {}, request: "additive", response: "breaking" },
  {
    name: "a higher least value",
    before: { minimum: 1 },
    after: { minimum: 2 },
    request: "breaking",
    response: "additive",
  },
  { name: "a pattern added", before: {}, after: { pattern: "^a" }, request: "breaking", response: "additive" },
  {
    name: "another pattern",
    before: { pattern: "^b" },
    after: { pattern: "^a" },
    request: "breaking",
    response: "breaking",
  },
  { name: "another default", before: { default: 1 }, after: { default: 2 }, request: "breaking", response: "breaking" },
  {
    name: "other words",
    before: { description: "a" },
    after: { description: "b" },
    request: "documentation",
    response: "documentation",
  },
  {
    name: "one more alternative",
    before: { anyOf: [{ type: "string" }] },
    after: { anyOf: [{ type: "string" }, { type: "null" }] },
    request: "additive",
    response: "breaking",
  },
  {
    name: "elements",
    before: { items: { type: "string" } },
    after: { items: { type: "integer" } },
    request: "breaking",
    response: "breaking",
  },
  {
    name: "closed to other properties",
    before: { additionalProperties: true },
    after: { additionalProperties: false },
    request: "breaking",
    response: "additive",
  },
  {
    name: "the same, spread over allOf",
    before: object({ a: {}, b: {} }, ["a"]),
    after: { allOf: [object({ a: {} }, ["a"]), object({ b: {} })] },
    request: "",
    response: "",
  },
  {
    name: "the same behind a reference",
    before: { type: "string" },
    after: { $ref: "#/components/schemas/Text" },
    request: "",
    response: "",
  },
  {
    name: "a reference to itself",
    before: { $ref: "#/components/schemas/Tree" },
    after: { $ref: "#/components/schemas/Tree" },
    request: "",
    response: "",
  },
];

const schemas = {
  Text: { type: "string" },
  Tree: { type: "object", properties: { inner: { $ref: "#/components/schemas/Tree" } } },
};

test.each(rows)("$name", ({ before, after, request, response }) => {
  const severities = (direction: "request" | "response"): string =>
    new SchemaComparison({ before: schemas, after: schemas }, direction)
      .compare(before, after, "body")
      .map(({ severity }) => severity)
      .join(" ");
  expect(severities("request")).toBe(request);
  expect(severities("response")).toBe(response);
});

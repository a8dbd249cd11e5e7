import { object, testSeverities, text } from "./severities.js";

testSeverities([
  {
    name: "one more alternative",
    before: { anyOf: [{ type: "string" }] },
    after: { anyOf: [{ type: "string" }, { type: "null" }] },
    request: "additive",
    response: "breaking",
  },
  {
    name: "an alternative less",
    before: { oneOf: [text, { type: "null" }] },
    after: { oneOf: [text] },
    request: "breaking",
    response: "additive",
  },
  {
    name: "alternatives in another order",
    before: { oneOf: [text, { type: "null" }] },
    after: { oneOf: [{ type: "null" }, text] },
    request: "",
    response: "",
  },
  { name: "anyOf for oneOf", before: { oneOf: [text] }, after: { anyOf: [text] }, request: "", response: "" },
  {
    name: "one type becomes one of two",
    before: text,
    after: { anyOf: [text, { type: "integer" }] },
    request: "additive",
    response: "breaking",
  },
  {
    name: "two types as alternatives",
    before: { type: ["string", "null"] },
    after: { anyOf: [text, { type: "null" }] },
    request: "",
    response: "",
  },
  {
    name: "an alternative that grew a property",
    before: { anyOf: [text, object({})] },
    after: { anyOf: [text, object({ a: {} })] },
    request: "additive",
    response: "additive",
  },
  {
    name: "a condition on the whole",
    before: object({ a: {} }),
    after: { type: "object", properties: { a: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    request: "breaking",
    response: "additive",
  },
]);

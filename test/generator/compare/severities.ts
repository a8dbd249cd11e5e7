import { expect, test } from "vitest";
import { SchemaComparison } from "../../../generator/compare/schemas.js";
import type { Json, JsonObject } from "../../../generator/compare/view.js";

export const text: Json = { type: "string" };

export const object = (properties: Json, required: readonly string[] = []): JsonObject => ({
  type: "object",
  properties,
  required,
});

/** A change, and how it is met by callers who send it and by callers who receive it. */
export interface Row {
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
  readonly request: string;
  readonly response: string;
}

export const schemas = {
  Text: { type: "string" },
  Sid: { type: "object", properties: { sid: { type: "string" } }, required: ["sid"] },
  Session: { type: "object", properties: { sid: { type: "string" } }, required: ["sid"] },
  Chain: { properties: { value: { type: "string" }, next: { allOf: [{ $ref: "#/components/schemas/Chain" }] } } },
  Ring: { properties: { value: { type: "integer" }, next: { allOf: [{ $ref: "#/components/schemas/Ring" }] } } },
  Left: {
    properties: { x: { allOf: [{ $ref: "#/components/schemas/Left" }, { $ref: "#/components/schemas/Right" }] } },
  },
  Right: { properties: { x: { $ref: "#/components/schemas/Left" } } },
  Tree: { type: "object", properties: { inner: { $ref: "#/components/schemas/Tree" } } },
};

/** One test for each row. */
export function testSeverities(rows: readonly Row[]): void {
  test.each(rows)("$name", ({ before, after, request, response }) => {
    const severities = (direction: "request" | "response"): string =>
      new SchemaComparison({ before: schemas, after: schemas }, direction)
        .compare(before, after, "body")
        .map(({ severity }) => severity)
        .join(" ");
    expect(severities("request")).toBe(request);
    expect(severities("response")).toBe(response);
  });
}

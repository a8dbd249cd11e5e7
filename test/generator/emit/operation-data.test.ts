import { expect, test } from "vitest";
import { operationData } from "../../../generator/emit/operation-data.js";
import type { MediaModel, OperationModel, Schema } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const [operation, page] = smallModel.operations;

function dataOf(change: Partial<OperationModel>) {
  if (operation === undefined) throw new Error("the small model has an operation");
  return operationData(smallModel, { ...operation, ...change });
}

const origin = smallModel.schemas[0]!.origin;

test.each<[string, Schema, Record<string, unknown>]>([
  ["text", { type: "string" }, { type: "string" }],
  ["a number", { type: "integer", default: 3 }, { type: "integer", default: 3 }],
  ["a number or null", { type: ["number", "null"] }, { type: "number" }],
  ["values without a type", { enum: [1, 2] }, { type: "number" }],
  ["a list", { type: "array", items: { type: "boolean" } }, { type: "array", items: "boolean", separator: "multi" }],
  ["an object", { type: "object" }, { type: "json" }],
  ["a reference to an object", { $ref: "#/components/schemas/Sid" }, { type: "json" }],
])("a parameter that is %s", (_name, schema, want) => {
  const parameter = { name: "p", in: "query", required: false, deprecated: false, schema, origin } as const;
  expect(dataOf({ parameters: [parameter] }).parameters).toEqual([
    { name: "p", in: "query", required: false, ...want },
  ]);
});

test.each<[string, string]>([
  ["application/json", "json"],
  ["application/problem+json", "json"],
  ["application/x-www-form-urlencoded", "form"],
  ["multipart/form-data", "multipart"],
  ["text/html", "text"],
  ["image/png", "bytes"],
])("a body of %s is read as %s", (mediaType, encoding) => {
  const media: MediaModel = { mediaType, examples: [], schema: { $ref: "#/components/schemas/Sid" } };
  expect(dataOf({ body: { required: true, content: [media], origin } }).body?.content).toEqual({
    [mediaType]: encoding,
  });
});

test("a form's fields come from its schema, inherited ones too, and files are told apart", () => {
  const schema: Schema = {
    allOf: [
      { $ref: "#/components/schemas/Sid" },
      { type: "object", properties: { photo: { type: "string", format: "binary" } } },
    ],
  };
  const media: MediaModel = { mediaType: "multipart/form-data", examples: [], schema };
  expect(dataOf({ body: { required: false, content: [media], origin } }).body).toEqual({
    required: false,
    content: { "multipart/form-data": "multipart" },
    fields: [
      { name: "sid", in: "form", required: true, type: "string" },
      { name: "photo", in: "form", required: false, type: "file" },
    ],
  });
});

test("what dispatch alone answers is the same for every operation, and stands apart from what it declares", () => {
  if (operation === undefined || page === undefined) throw new Error("the small model has two operations");
  const own = operation.responses.map((response) => ({ ...response, status: "401" })).slice(0, 1);
  for (const data of [operationData(smallModel, page), dataOf({ responses: own })]) {
    expect(Object.keys(data.implicit)).toEqual(["401", "5XX"]);
  }
  expect(Object.keys(dataOf({ responses: own }).responses)).toEqual(["401"]);
});

test("an operation that needs no access token names no scheme", () => {
  expect(dataOf({ auth: "none" }).security).toEqual([]);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import SwaggerParser from "@apidevtools/swagger-parser";
import { expect, test } from "vitest";
import { openapiDocument } from "../../../generator/emit/openapi.js";
import type { OperationModel, ParameterModel } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const generated = join(import.meta.dirname, "../../../generated");

test.each(["identity", "client-server", "client-server-v3", "server-server"])(
  "the document of %s is valid OpenAPI 3.1",
  async (service) => {
    const document = JSON.parse(readFileSync(join(generated, service, "openapi.json"), "utf8"));
    await expect(SwaggerParser.validate(document)).resolves.toMatchObject({ openapi: "3.1.0" });
  },
);

const [operation] = smallModel.operations;

function printed(change: Partial<OperationModel>): Record<string, unknown> {
  if (operation === undefined) throw new Error("the small model has an operation");
  const document: unknown = openapiDocument({ ...smallModel, operations: [{ ...operation, ...change }] });
  return (document as { paths: Record<string, { post: Record<string, unknown> }> }).paths[operation.path]?.post ?? {};
}

test.each<[string, Partial<OperationModel>, Record<string, unknown>]>([
  ["no credentials", { auth: "none" }, { security: [] }],
  ["credentials that may be absent", { auth: "optional", security: [["a"]] }, { security: [{}, { a: [] }] }],
  ["one of two", { auth: "required", security: [["a"], ["b"]] }, { security: [{ a: [] }, { b: [] }] }],
  ["both at once", { auth: "required", security: [["a", "b"]] }, { security: [{ a: [], b: [] }] }],
  ["credentials of no named scheme", { auth: "required", security: [] }, { "x-auth": "required" }],
])("%s", (_name, change, want) => {
  expect(printed(change)).toMatchObject(want);
});

test.each<[ParameterModel["separator"], Record<string, unknown>]>([
  [undefined, {}],
  ["multi", { style: "form", explode: true }],
  [",", { style: "form", explode: false }],
  [" ", { style: "spaceDelimited", explode: false }],
  ["|", { style: "pipeDelimited", explode: false }],
  ["\t", { "x-separator": "\t" }],
])("lists joined by %j", (separator, want) => {
  const parameter: ParameterModel = {
    name: "ids",
    in: "query",
    required: false,
    deprecated: false,
    schema: { type: "array" },
    origin: smallModel.schemas[0]!.origin,
    ...(separator === undefined ? {} : { separator }),
  };
  expect(printed({ parameters: [parameter] })).toMatchObject({ parameters: [{ name: "ids", in: "query", ...want }] });
});

test("two operations of one path and method both stand in the document", () => {
  if (operation === undefined) throw new Error("the small model has an operation");
  const document: unknown = openapiDocument({
    ...smallModel,
    operations: [operation, { ...operation, id: "another" }],
  });
  expect(document).toMatchObject({
    paths: {
      [operation.path]: {
        post: { operationId: operation.id },
        "x-alternatives": [{ method: "post", operationId: "another" }],
      },
    },
  });
});

test("how the fields of a form are written stands beside its schema", () => {
  const { origin } = smallModel.schemas[0]!;
  const content = [
    {
      mediaType: "multipart/form-data",
      examples: [],
      separators: { tags: "|" as const },
      partTypes: { tags: ["text/plain", "text/html"], photo: ["image/*"] },
    },
  ];
  expect(printed({ body: { required: false, content, origin } })).toMatchObject({
    requestBody: {
      content: {
        "multipart/form-data": {
          encoding: {
            tags: { contentType: "text/plain, text/html", style: "pipeDelimited", explode: false },
            photo: { contentType: "image/*" },
          },
        },
      },
    },
  });
});

import { expect, test } from "vitest";
import { compareServices } from "../../../generator/compare/changes.js";
import type { Json } from "../../../generator/compare/view.js";
import { openapiDocument } from "../../../generator/emit/openapi.js";
import type { OperationModel, ParameterModel, ServiceModel } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const [operation] = smallModel.operations;
if (operation === undefined) throw new Error("the small model has an operation");
const { body, responses, origin } = operation;
if (body === undefined) throw new Error("the operation has a body");

const documentOf = (model: ServiceModel): Json => JSON.parse(JSON.stringify(openapiDocument(model)));
const having = (change: Partial<OperationModel>): Json =>
  documentOf({ ...smallModel, operations: [{ ...operation, ...change }] });

const parameter: ParameterModel = {
  name: "ids",
  in: "query",
  required: false,
  deprecated: false,
  schema: { type: "array", items: { type: "string" } },
  separator: ",",
  origin,
};

const inPath = (name: string): ParameterModel => ({
  name,
  in: "path",
  required: true,
  deprecated: false,
  schema: { type: "string" },
  origin,
});

type Row = readonly [
  name: string,
  before: Partial<OperationModel>,
  after: Partial<OperationModel>,
  told: readonly string[],
];

const rows: readonly Row[] = [
  ["nothing", {}, {}, []],
  ["another path", {}, { path: "/x" }, [`breaking:  was POST ${operation.path}, is POST /x`]],
  ["deprecated", {}, { deprecated: true }, ["documentation:  became deprecated"]],
  ["another summary", {}, { summary: "x" }, ["documentation:  is described differently"]],
  ["a token needed", { auth: "none" }, { auth: "required" }, ["breaking:  the access token was none, is required"]],
  [
    "a token welcome",
    { auth: "required" },
    { auth: "optional" },
    ["additive:  the access token was required, is optional"],
  ],
  [
    "other schemes",
    {},
    { security: [["other"]] },
    ["breaking:  credentials: bearer in the header is taken no more", "additive:  credentials: other is taken, too"],
  ],
  ["a parameter added", {}, { parameters: [parameter] }, ["additive: query ids was added"]],
  [
    "a needed parameter added",
    {},
    { parameters: [{ ...parameter, required: true }] },
    ["breaking: query ids was added, required"],
  ],
  ["a parameter removed", { parameters: [parameter] }, {}, ["breaking: query ids was removed"]],
  [
    "a parameter required and written otherwise",
    { parameters: [parameter] },
    { parameters: [{ ...parameter, required: true, separator: "multi" }] },
    ["breaking: query ids became required", "breaking: query ids is written differently"],
  ],
  [
    "no body any more",
    { body },
    { body: { ...body, content: [] } },
    body.content.map(({ mediaType }) => `breaking: request body may be ${mediaType} no more`),
  ],
  ["a body that may be absent", {}, { body: { ...body, required: false } }, ["additive: request body became optional"]],
  [
    "a status added",
    {},
    { responses: [...responses, { ...responses[0]!, status: "202" }] },
    ["additive: response 202 was added"],
  ],
  ["a status removed", {}, { responses: responses.slice(0, 1) }, ["additive: response 400 was removed"]],
  ["a success removed", {}, { responses: responses.slice(1) }, ["breaking: response 200 was removed"]],
  [
    "a status that a range had covered",
    { responses: [...responses.slice(0, 1), { ...responses[1]!, status: "4XX" }] },
    { responses },
    ["additive: response 400 was added", "additive: response 4XX was removed"],
  ],
  [
    "a status that became one of a range",
    { responses },
    { responses: [...responses.slice(0, 1), { ...responses[1]!, status: "4XX" }] },
    ["additive: response 400 is one of a range now", "additive: response 4XX was added"],
  ],
  [
    "another name for a parameter of the path",
    { path: "/x/{a}", parameters: [inPath("a")] },
    { path: "/x/{b}", parameters: [inPath("b")] },
    ["documentation: path b was called path a"],
  ],
  [
    "a parameter deprecated",
    { parameters: [parameter] },
    { parameters: [{ ...parameter, deprecated: true }] },
    ["documentation: query ids became deprecated"],
  ],
  [
    "a way less to present credentials",
    { auth: "required", security: [["one"], ["other"]] },
    { auth: "required", security: [["one"]] },
    ["breaking:  credentials: other is taken no more"],
  ],
  [
    "one more way to present credentials",
    { auth: "required", security: [["one"]] },
    { auth: "required", security: [["other"], ["one"]] },
    ["additive:  credentials: other is taken, too"],
  ],
  [
    "a header removed",
    { responses: [{ ...responses[0]!, headers: [{ name: "x-a", required: false, schema: { type: "string" } }] }] },
    { responses: [{ ...responses[0]!, headers: [] }] },
    ["breaking: response 200 header x-a was removed"],
  ],
  [
    "a header added",
    {},
    {
      responses: [
        { ...responses[0]!, headers: [{ name: "x-a", required: true, schema: { type: "string" } }] },
        ...responses.slice(1),
      ],
    },
    ["additive: response 200 header x-a was added, required"],
  ],
];

test.each(rows)("%s", (_name, before, after, told) => {
  const { operations } = compareServices("small", having(before), having(after));
  const lines = operations.flatMap(({ changes }) =>
    changes.map(({ severity, where, what }) => `${severity}: ${where} ${what}`),
  );
  expect(lines).toEqual(told);
});

test("a new name for an operation is told as one, an added and a removed one as two", () => {
  const renamed = compareServices("small", having({}), having({ id: "renamed" }));
  expect(renamed.operations).toMatchObject([
    { operation: "renamed", changes: [{ what: "was called emailRequestToken" }] },
  ]);
  const replaced = compareServices("small", having({}), having({ id: "other", path: "/other" }));
  expect(replaced.operations.map(({ operation: id, severity }) => [id, severity])).toEqual([
    ["emailRequestToken", "breaking"],
    ["other", "additive"],
  ]);
});

test.each<[string, Json]>([
  ["no document", {}],
  ["something else", [1, "x", null]],
  ["a broken document", { paths: { "/x": { get: null } }, components: 3 }],
])("against %s everything is new", (_name, before) => {
  const { operations } = compareServices("small", before, having({}));
  expect(operations).toMatchObject([{ operation: "emailRequestToken", severity: "additive" }]);
});

/** What the service sends is compared from its receiver's side. */

import { expect, test } from "vitest";
import { compareServices } from "../../../generator/compare/changes.js";
import type { Json } from "../../../generator/compare/view.js";
import { openapiDocument } from "../../../generator/emit/openapi.js";
import type { OperationModel, Schema, ServiceModel, Trigger } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const [operation] = smallModel.operations;
if (operation === undefined) throw new Error("the small model has an operation");
const { origin } = operation;

const documentOf = (model: ServiceModel): Json => JSON.parse(JSON.stringify(openapiDocument(model)));

const object = (fields: Readonly<Record<string, Schema>>, ...required: string[]): Schema => ({
  type: "object",
  properties: fields,
  required,
});
const content = (schema: Schema) => [{ mediaType: "application/json", schema, examples: [] }];
const text: Schema = { type: "string" };

interface Sent {
  readonly body?: Schema;
  readonly required?: boolean;
  readonly answer?: Schema;
  readonly header?: boolean;
}

const webhook: Trigger = { kind: "webhook", name: "came" };
const callback: Trigger = {
  kind: "callback",
  name: "told",
  expression: "{$request.body#/url}",
  operations: [operation.id],
};

const sending = ({ body, required = true, answer, header }: Sent): OperationModel => ({
  ...operation,
  id: "letterCame",
  path: "/came",
  auth: "none",
  security: [],
  parameters:
    header === undefined
      ? []
      : [{ name: "X-Attempt", in: "header", required: header, deprecated: false, schema: text, origin }],
  ...(body === undefined ? {} : { body: { required, content: content(body), origin } }),
  responses: [
    { status: "200", description: "", headers: [], content: answer === undefined ? [] : content(answer), origin },
  ],
});

const having = (sent: Sent, trigger: Trigger = webhook): Json => {
  const { body: _body, ...bare } = sending(sent);
  const whole = sent.body === undefined ? bare : sending(sent);
  return documentOf({ ...smallModel, webhooks: [{ trigger, operation: whole }] });
};

const told = (before: Json, after: Json): readonly string[] =>
  compareServices("small", before, after).operations.flatMap(({ operation: id, changes }) =>
    changes.map(({ severity, where, what }) => `${id} ${severity}: ${where} ${what}`.replaceAll(/ +/g, " ")),
  );

const id = object({ id: text }, "id");
const more = object({ id: text, more: text }, "id", "more");

test.each<readonly [what: string, before: Sent, after: Sent, told: readonly string[]]>([
  ["nothing", { body: id }, { body: id }, []],
  [
    "a field that receivers get",
    { body: id },
    { body: more },
    ["letterCame additive: request body /more was added, required"],
  ],
  [
    "a field that receivers lose",
    { body: more },
    { body: id },
    ["letterCame breaking: request body /more was removed"],
  ],
  [
    "a field that may be absent",
    { body: id },
    { body: object({ id: text }) },
    ["letterCame breaking: request body /id became optional"],
  ],
  ["a body that is new", {}, { body: id }, ["letterCame additive: request body was added"]],
  [
    "a body that may be absent",
    { body: id },
    { body: id, required: false },
    ["letterCame breaking: request body became optional"],
  ],
  [
    "an answer of which more is asked",
    { answer: id },
    { answer: more },
    ["letterCame breaking: response 200 body /more was added, required"],
  ],
  [
    "an answer of which less is asked",
    { answer: id },
    { answer: object({ id: text }) },
    ["letterCame additive: response 200 body /id became optional"],
  ],
  ["a header that receivers get", {}, { header: true }, ["letterCame additive: header X-Attempt was added, required"]],
])("%s", (_what, before, after, want) => {
  expect(told(having(before), having(after))).toEqual(want);
});

test("a webhook more breaks nobody, one less breaks its receivers", () => {
  const none = documentOf(smallModel);
  expect(told(none, having({}))).toEqual(["letterCame additive: was added: POST webhook came"]);
  expect(told(having({}), none)).toEqual(["letterCame breaking: was removed: POST webhook came"]);
});

test("where a callback goes is part of it", () => {
  const elsewhere = { ...callback, expression: "{$request.body#/other}" };
  const to = `POST callback told of ${operation.id} to`;
  expect(told(having({}, callback), having({}, elsewhere))).toEqual([
    `letterCame breaking: was ${to} {$request.body#/url}, is ${to} {$request.body#/other}`,
  ]);
  expect(told(having({ body: id }, callback), having({ body: more }, callback))).toEqual([
    "letterCame additive: request body /more was added, required",
  ]);
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../../generator/errors.js";
import { loadServices } from "../../../generator/load/services.js";
import { nearest } from "../../../generator/model/nearest.js";
import { temporaryFolder } from "../../support/tree.js";

/** What is said of a document whose request body is the schema. */
const warningsOf = async (schema: string): Promise<readonly string[]> => {
  const root = temporaryFolder();
  const document = `openapi: 3.1.0
info: { title: Letters, version: "1" }
paths:
  /send:
    post:
      operationId: send
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Letter" } } } }
      responses: { 200: { description: Sent. } }
components:
  schemas:
    Base: { type: object, properties: { sender: { type: string } } }
    Letter: ${schema}
`;
  writeFileSync(join(root, "letters.yaml"), document);
  const { warnings } = await loadServices({ root, documents: ["letters.yaml"] });
  return warnings.map(formatDiagnostic);
};

const described = "type: object, properties: { send_attempt: { type: integer } }";

describe("a property that is required and not described", () => {
  test("is told with its place and what was probably meant, and stops nothing", async () => {
    expect(await warningsOf(`{ ${described}, required: [send_attempt, send_atempt] }`)).toEqual([
      `letters.yaml:12:103  \`send_atempt\` is required, but not among the properties  [undescribed-requirement]
  11 |     Base: { type: object, properties: { sender: { type: string } } }
> 12 |     Letter: { type: object, properties: { send_attempt: { type: integer } }, required: [send_attempt, send_atempt] }
     |                                                                                                       ^
  hint: did you mean \`send_attempt\`?`,
    ]);
  });

  test.each([
    [
      "without a name close to it",
      `{ ${described}, required: [medium] }`,
      "hint: describe `medium` under `properties`",
    ],
    [
      "where no others may be",
      `{ ${described}, required: [medium], additionalProperties: false }`,
      "no object is valid, for it may have no others",
    ],
    ["inside a list", `{ type: array, items: { ${described}, required: [medium] } }`, "`medium` is required"],
  ])("is told %s", async (_, schema, said) => {
    expect(await warningsOf(schema)).toEqual([expect.stringContaining(said)]);
  });

  test.each([
    [
      "described by a schema that is included",
      `{ ${described}, required: [sender], allOf: [{ $ref: "#/components/schemas/Base" }] }`,
    ],
    [
      "described by the schema around it",
      `{ ${described}, anyOf: [{ required: [send_attempt] }, { properties: { a: {} }, required: [send_attempt] }] }`,
    ],
    ["described by a pattern", `{ ${described}, required: [x_a], patternProperties: { "^x_": { type: string } } }`],
    ["described as all others", `{ ${described}, required: [medium], additionalProperties: { type: string } }`],
    ["all that is said", "{ type: object, required: [medium] }"],
    ["one of the properties", `{ ${described}, required: [send_attempt] }`],
  ])("is not told where it is %s", async (_, schema) => {
    expect(await warningsOf(schema)).toEqual([]);
  });
});

test.each([
  ["adress", "address"],
  ["medum", "medium"],
  ["sid", "sid"],
  ["token", undefined],
  ["", undefined],
])("the name nearest to %s is %s", (word, want) => {
  expect(nearest(word, ["address", "medium", "sid"])).toBe(want);
});

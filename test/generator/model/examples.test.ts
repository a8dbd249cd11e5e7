import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatDiagnostic } from "../../../generator/errors.js";
import { loadServices } from "../../../generator/load/services.js";
import { temporaryFolder } from "../../support/tree.js";

/** What is said of a document with these examples: of a schema, of the request's body, of the answer's. */
const warningsOf = async (
  schema: string,
  request = "{ sid: '1' }",
  answer = "application/json: { example: { sid: '1' } }",
): Promise<readonly string[]> => {
  const root = temporaryFolder();
  const document = `openapi: 3.1.0
info: { title: Letters, version: "1" }
paths:
  /send:
    post:
      operationId: send
      requestBody:
        content:
          application/json: { schema: { $ref: "#/components/schemas/Sid" }, example: ${request} }
      responses:
        200:
          description: Sent.
          content:
            ${answer.replace("{ example", '{ schema: { $ref: "#/components/schemas/Sid" }, example')}
components:
  schemas:
    Sid: { type: object, required: [sid], properties: { sid: { type: string }, next: { $ref: "#/components/schemas/Sid" } }, ${schema} }
`;
  writeFileSync(join(root, "letters.yaml"), document);
  const { warnings } = await loadServices({ root, documents: ["letters.yaml"] });
  return warnings.map(formatDiagnostic);
};

test("an example that breaks its schema is told with its place and the reason, and stops nothing", async () => {
  expect(await warningsOf("description: A session", "{ sid: '1', next: { sid: 2 } }")).toEqual([
    `letters.yaml:9:86  this example breaks its own schema: \`/next/sid\` must be string  [unfitting-example]
   8 |         content:
>  9 |           application/json: { schema: { $ref: "#/components/schemas/Sid" }, example: { sid: '1', next: { sid: 2 } } }
     |                                                                                      ^
  10 |       responses:
  hint: correct the example, or the schema`,
  ]);
});

test("a default that breaks its schema is told with its place and the reason", async () => {
  expect(await warningsOf("maxProperties: 3, default: { sid: 7 }")).toEqual([
    expect.stringMatching(
      /^letters\.yaml:17:153 {2}this default breaks its own schema: `\/sid` must be string {2}\[unfitting-default\]\n(?:.*\n)+ {2}hint: correct the default, or the schema$/u,
    ),
  ]);
  expect(await warningsOf("maxProperties: 3, default: { sid: a }")).toEqual([]);
});

test.each([
  ["swagger: '2.0'", "type: integer, maximum: 100, default: 200", "7:85"],
  ["openapi: 3.1.0", "schema: { type: integer, maximum: 100, default: 200 }", "7:95"],
])("a default of a parameter, too: %s", async (version, value, place) => {
  const root = temporaryFolder();
  writeFileSync(
    join(root, "letters.yaml"),
    `${version}
info: { title: Letters, version: "1" }
paths:
  /letters:
    get:
      operationId: letters
      parameters: [ { name: limit, in: query, ${value} } ]
      responses: { "204": { description: None. } }
`,
  );
  const { warnings } = await loadServices({ root, documents: ["letters.yaml"] });
  expect(warnings.map(({ code, message, origin }) => [code, message, `${origin.line}:${origin.column}`])).toEqual([
    ["unfitting-default", "this default breaks its own schema: it must be <= 100", place],
  ]);
});

test.each([
  ["of a schema", "example: { sid: 1 }", undefined, undefined, ["letters.yaml:17:135"]],
  [
    "in a list",
    "examples: [{ sid: '1' }, { sid: 1 }, {}]",
    undefined,
    undefined,
    ["letters.yaml:17:151", "letters.yaml:17:163"],
  ],
  ["of an answer", "title: Sid", undefined, "application/json: { example: {} }", ["letters.yaml:14:88"]],
  ["that fits", "example: { sid: a, next: { sid: b } }", undefined, undefined, []],
  ["of what is no JSON", "title: Sid", undefined, "text/plain: { example: sent }", []],
])("an example %s is held against its schema", async (_, schema, request, answer, places) => {
  const warnings = await warningsOf(schema, request, answer);
  expect(warnings.map((warning) => warning.split("  ")[0])).toEqual(places);
  for (const warning of warnings) expect(warning).toContain("[unfitting-example]");
});

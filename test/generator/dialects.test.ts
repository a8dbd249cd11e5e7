/** One service of three documents, each in a dialect of its own. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { compilerErrors } from "../support/compiler.js";
import { temporaryFolder } from "../support/tree.js";

const files: Readonly<Record<string, string>> = {
  "services.yaml": 'services: { post: { documents: ["letters/*.yaml"] } }\n',
  "schemas/letter.yaml":
    "type: object\nrequired: [text]\nproperties: { text: { type: string, minLength: 1 }, answers: { $ref: letter.yaml } }\n",
  "letters/oldest.yaml": `swagger: "2.0"
info: { title: Oldest, version: "1" }
basePath: /v1
paths:
  /letters:
    post:
      operationId: writeLetter
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - { name: text, in: formData, type: string, required: true }
        - { name: to, in: formData, type: array, items: { type: string }, collectionFormat: pipes }
      responses: { "200": { description: Written., schema: { $ref: ../schemas/letter.yaml } } }
`,
  "letters/older.yaml": `openapi: 3.0.3
info: { title: Older, version: "1" }
servers: [{ url: https://post.example/v2 }]
paths:
  /letters:
    post:
      operationId: sendLetter
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [letter, by]
              properties:
                letter: { $ref: ../schemas/letter.yaml }
                by: { type: string, nullable: true }
                pages: { type: integer, minimum: 0, exclusiveMinimum: true }
      responses: { "200": { description: Sent., content: { application/json: { schema: { $ref: ../schemas/letter.yaml } } } } }
`,
  "letters/new.yaml": `openapi: 3.1.0
info: { title: New, version: "1" }
servers: [{ url: https://post.example/v3 }]
paths:
  /letters:
    post:
      operationId: stampLetter
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [letter, stamps]
              properties:
                letter: { $ref: ../schemas/letter.yaml }
                stamps: { type: array, prefixItems: [{ const: first }, { type: [integer, "null"] }], items: false }
                pages: { type: integer, exclusiveMinimum: 0 }
      responses: { "200": { description: Stamped., content: { application/json: { schema: { $ref: ../schemas/letter.yaml } } } } }
`,
};

test("Swagger 2.0, OpenAPI 3.0 and OpenAPI 3.1 make one service in one run", async () => {
  const [root, out] = [temporaryFolder(), temporaryFolder()];
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  expect(await generate({ root, out })).toMatchObject({ state: "written", warnings: [] });
  expect(compilerErrors(out)).toEqual([]);
  const types = readFileSync(join(out, "post/types.ts"), "utf8");
  expect(types.match(/^export (?:interface|type) \w+/gm)).toEqual([
    "export interface Letter",
    "export interface SendLetterRequest",
    "export interface StampLetterRequest",
    "export interface WriteLetterRequest",
  ]);
  const { createServer, createPostClient } = await import(pathToFileURL(join(out, "post/index.ts")).href);
  const letter = { text: "Dear" };
  const server = createServer({
    writeLetter: ({ body }: { body: unknown }) => ({ status: 200, body: { text: JSON.stringify(body) } }),
    sendLetter: ({ body }: { body: { letter: unknown } }) => ({ status: 200, body: body.letter }),
    stampLetter: ({ body }: { body: { letter: unknown } }) => ({ status: 200, body: body.letter }),
  });
  const asked: string[] = [];
  const client = createPostClient({
    baseUrl: "https://post.example",
    fetch: (request: Request) => {
      asked.push(new URL(request.url).pathname);
      return server.fetch(request);
    },
  });
  const answers = [
    await client.writeLetter({ body: { text: "Dear", to: ["a", "b"] } }),
    await client.sendLetter({ body: { letter, by: null, pages: 1 } }),
    await client.stampLetter({ body: { letter, stamps: ["first", null], pages: 1 } }),
  ];
  expect(asked).toEqual(["/v1/letters", "/v2/letters", "/v3/letters"]);
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [200, { text: '{"text":"Dear","to":["a","b"]}' }],
    [200, letter],
    [200, letter],
  ]);
  const broken = { letter, by: null, stamps: ["first", 2], pages: 0 };
  const refusals = await Promise.all(
    ["/v2/letters", "/v3/letters"].map((path) =>
      server.fetch(
        new Request(`https://post.example${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(broken),
        }),
      ),
    ),
  );
  expect(await Promise.all(refusals.map((answer: Response) => answer.json()))).toEqual([
    { error: "pages must be > 0" },
    { error: "pages must be > 0" },
  ]);
});

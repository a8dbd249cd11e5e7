/** Answers that HTTP gives no body: documents often describe one all the same. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { compilerErrors } from "../support/compiler.js";
import { temporaryFolder } from "../support/tree.js";

const json = "content: { application/json: { schema: { type: object, required: [text] } } }";
const document = `openapi: 3.1.0
info: { title: Letters, version: "1" }
paths:
  /letter:
    head:
      operationId: lookForLetter
      responses:
        "200": { description: There., headers: { X-Pages: { required: true, schema: { type: integer } } }, ${json} }
    get:
      operationId: getLetter
      responses:
        "200": { description: Here., ${json} }
        "304": { description: As before., ${json} }
    delete:
      operationId: burnLetter
      responses:
        "204": { description: Gone., ${json} }
`;

test("HEAD, 204 and 304 have no body, for handlers and callers, and the document keeps its words", async () => {
  const [folder, out] = [temporaryFolder(), temporaryFolder()];
  const spec = join(folder, "openapi.yaml");
  writeFileSync(spec, document);
  await generate({ spec, out });
  expect(compilerErrors(out)).toEqual([]);
  const load = (path: string) => import(pathToFileURL(join(out, "letters", path)).href);
  const [{ createServer, createLettersClient }, { responses }] = [await load("index.ts"), await load("responses.ts")];
  const handlers = {
    lookForLetter: () => ({ status: 200, headers: { "x-pages": 3 } }),
    getLetter: () => ({ status: 304 }),
    burnLetter: () => ({ status: 204 }),
  };
  const server = createServer(handlers, undefined, { responses });
  const client = createLettersClient({
    baseUrl: "https://letters.example",
    responses,
    fetch: (request: Request) => server.fetch(request),
  });
  const { status, body, declaredHeaders } = await client.lookForLetter();
  expect([status, body, declaredHeaders]).toEqual([200, undefined, { "x-pages": 3 }]);
  expect(await client.getLetter()).toMatchObject({ status: 304, body: undefined });
  expect(await client.burnLetter()).toMatchObject({ status: 204, body: undefined });
  const { paths } = JSON.parse(readFileSync(join(out, "letters/openapi.json"), "utf8"));
  expect(paths["/letter"].head.responses["200"].content).toHaveProperty(["application/json"]);
});

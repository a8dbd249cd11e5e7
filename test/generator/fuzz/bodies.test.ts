import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { liveChecks } from "../../../generator/emit/validators.js";
import { type Case, Requests } from "../../../generator/fuzz/case.js";
import { documentOf } from "../../../generator/fuzz/document.js";
import { fuzz } from "../../../generator/fuzz/fuzz.js";
import { numbersFrom } from "../../../generator/fuzz/numbers.js";
import { modelsOf } from "../../../generator/load/chosen.js";
import { listenMock } from "../../../generator/mock/mock.js";
import { temporaryFolder } from "../../support/tree.js";
import { replays } from "./replay.js";

const answer = { "204": { description: "Kept" } };

const document = `openapi: 3.1.0
info: { title: Files, version: "1" }
paths:
  /raw:
    post:
      operationId: raw
      requestBody: { required: true, content: { application/octet-stream: {} } }
      responses: ${JSON.stringify(answer)}
  /image:
    put:
      operationId: image
      requestBody: { required: true, content: { "image/*": {} } }
      responses: ${JSON.stringify(answer)}
  /form:
    post:
      operationId: form
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file, title]
              properties:
                file: { type: string, format: binary }
                title: { type: string, minLength: 1, pattern: "^[a-z]+$" }
                count: { type: integer }
      responses: ${JSON.stringify(answer)}
  /either:
    post:
      operationId: either
      requestBody:
        required: true
        content:
          text/plain: { schema: { type: string, minLength: 1 } }
          application/json: { schema: { type: object, required: [a], properties: { a: { type: integer } } } }
          application/x-www-form-urlencoded: { schema: { type: object, required: [a], properties: { a: { type: integer } } } }
      responses: ${JSON.stringify(answer)}
`;

async function files() {
  const path = join(temporaryFolder(), "files.yaml");
  writeFileSync(path, document);
  const [model] = await modelsOf({ spec: path });
  return model!;
}

const typeOf = ({ sent }: Case): string => (sent.headers["content-type"] ?? "").split(";")[0] ?? "";

test("bodies are made in every media type of a document, and the document allows them", async () => {
  const model = await files();
  const { requests: checks } = liveChecks(model);
  const made: Record<string, Set<string>> = {};
  for (const operation of model.operations) {
    const requests = new Requests(model, operation);
    const forbids = documentOf(requests.data, checks[operation.id] ?? {});
    for (let seed = 0; seed < 30; seed += 1) {
      const one = (await requests.fitting(seed === 0 ? [] : numbersFrom(seed, 48)))!;
      expect(await forbids(one.sent), JSON.stringify(one)).toBeUndefined();
      made[operation.id] = (made[operation.id] ?? new Set()).add(typeOf(one));
    }
  }
  expect(made).toEqual({
    raw: new Set(["application/octet-stream"]),
    image: new Set(["image/x-fuzz"]),
    form: new Set(["multipart/form-data"]),
    either: new Set(["application/json", "text/plain", "application/x-www-form-urlencoded"]),
  });
});

test("a form of several parts has its file as bytes, and is the same each time", async () => {
  const model = await files();
  const requests = new Requests(model, model.operations.find(({ id }) => id === "form")!);
  const { sent } = (await requests.fitting([]))!;
  expect((await requests.fitting([]))!.sent).toEqual(sent);
  const form = await new Response(sent.body!, { headers: sent.headers }).formData();
  expect(form.get("file")).toBeInstanceOf(File);
  expect(form.get("title")).toMatch(/^[a-z]+$/);
  const { requests: checks } = liveChecks(model);
  const forbids = documentOf(requests.data, checks["form"] ?? {});
  const reasons = await Promise.all((await requests.broken([])).map(({ sent: broken }) => forbids(broken)));
  expect(reasons).toEqual(expect.arrayContaining(["file is missing from the body", "title is missing from the body"]));
});

test("a mock of such a document shows nothing", async () => {
  const model = await files();
  const { url, close } = await listenMock([model], { host: "127.0.0.1", port: 0 });
  onTestFinished(close);
  const options = { target: url, count: 60, seconds: 30, timeout: 10_000, seed: 1, headers: {}, lenient: true };
  const { findings, coverage } = await fuzz([model], options);
  const kinds = findings.filter(({ message }) => !/^(?:400|415) is not declared$/.test(message));
  expect(kinds).toEqual([]);
  expect(coverage.map(({ isUnreached }) => isUnreached)).toEqual([false, false, false, false]);
});

test("a server that fails on a long file is found, and the line that shows it sends one", async () => {
  const model = await files();
  const server = createHttpServer((message, reply) => {
    let length = 0;
    message.on("data", (chunk: Buffer) => {
      length += chunk.length;
    });
    message.on("end", () => reply.writeHead(message.url === "/raw" && length > 60_000 ? 500 : 204).end());
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
  const target = `http://127.0.0.1:${port}`;
  const options = { target, count: 40, seconds: 30, timeout: 10_000, seed: 1, headers: {}, lenient: true };
  const { findings } = await fuzz([model], options);
  expect(findings).toMatchObject([{ operation: "raw", kind: "server-error" }]);
  const { curl = "" } = findings[0] ?? {};
  for (const replay of replays) expect(await replay(curl)).toMatchObject({ status: 500 });
});

/** Documents may call things as every object of JavaScript calls something already. */

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compareServices } from "../../generator/compare/changes.js";
import { fuzz } from "../../generator/fuzz/fuzz.js";
import { generate } from "../../generator/generate.js";
import { listenMock } from "../../generator/mock/mock.js";
import { temporaryFolder } from "../support/tree.js";
import { fixtures, load } from "./load/fixture.js";

const mocked = async () => {
  const { model } = await load("inherited-names");
  const { url, close } = await listenMock([model], { host: "127.0.0.1", port: 0 });
  onTestFinished(close);
  return { model, url };
};

test("operations, schemas, properties, schemes and scopes that are so called are served as they are described", async () => {
  const { model, url } = await mocked();
  const { findings, coverage } = await fuzz([model], {
    target: url,
    count: 60,
    seconds: 60,
    timeout: 5_000,
    seed: 1,
    headers: {},
  });
  expect(findings).toEqual([]);
  expect(coverage.map(({ operation, statuses }) => [operation, statuses])).toEqual([
    ["toString", [200]],
    ["constructor", [200, 400]],
  ]);
});

test("a header, field or property that is so called and absent is absent", async () => {
  const { url } = await mocked();
  const form = new FormData();
  form.append("valueOf", new Blob(["a"], { type: "image/png" }), "a.png");
  expect((await fetch(`${url}/a/x`, { method: "POST", body: form })).status).toBe(200);
  const answer = await fetch(`${url}/a/x`);
  expect(await answer.json()).toEqual({ toString: 0 });
});

test("one of them that is required and absent is missing", async () => {
  const { url } = await mocked();
  const answer = await fetch(`${url}/a/x`, { method: "POST", body: new FormData() });
  expect([answer.status, await answer.json()]).toEqual([400, { error: "valueOf is missing from the body" }]);
});

test("a client package of them is written, and its README shows one", async () => {
  const out = join(temporaryFolder(), "out");
  const client = { name: "odd-client" };
  const { written } = await generate({
    root: join(fixtures, "positive/inherited-names"),
    out,
    reference: true,
    client,
  });
  expect(written).toContain("odd/reference.html");
  expect(written.some((path) => path.endsWith("odd-client/package.json"))).toBe(true);
});

test("what changes about them is told", () => {
  const document = (required: readonly string[]) => ({
    openapi: "3.1.0",
    info: { title: "Odd", version: "1" },
    paths: {
      "/a": {
        post: {
          operationId: "a",
          requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Odd" } } } },
          responses: { "204": { description: "Done." } },
        },
      },
    },
    components: {
      schemas: { Odd: { type: "object", required, properties: { constructor: { type: "string" } } } },
    },
  });
  const { operations } = compareServices("odd", document([]), document(["toString"]));
  expect(operations.flatMap(({ changes }) => changes.map(({ where, what }) => `${where} ${what}`))).toEqual([
    "request body /toString was added, required",
  ]);
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelsOf } from "../../../generator/load/chosen.js";
import { createMock } from "../../../generator/mock/mock.js";
import { temporaryFolder } from "../../support/tree.js";

const operation = (content: object, headers: object = {}) => ({
  get: { responses: { "200": { description: "Here", content, headers } } },
});

const document = {
  openapi: "3.1.0",
  info: { title: "Shapes", version: "1" },
  paths: {
    "/bytes": operation({ "application/octet-stream": { example: "some bytes" } }),
    "/any": operation({ "*/*": {} }),
    "/image": operation(
      { "image/*": { schema: { type: "string", format: "binary" } } },
      {
        "Content-Disposition": { schema: { type: "string", examples: ["inline"] } },
        "X-Left": { required: true, schema: { type: "integer", minimum: 3 } },
        "X-Tags": { required: true, schema: { type: "array", minItems: 2, items: { type: "string", enum: ["a"] } } },
        "X-Silent": { schema: { type: "string" } },
      },
    ),
    "/events": operation({ "text/event-stream": { example: "event: ping\ndata: 1\n" } }),
    "/list-of-events": operation({ "text/event-stream": { schema: { type: "string" } } }),
    "/parts": operation({ "multipart/mixed": { schema: { type: "string" } } }),
    "/form": operation({
      "multipart/form-data": {
        schema: { type: "object", required: ["a", "b"], properties: { a: { type: "string" }, b: { type: "object" } } },
      },
    }),
    "/either": operation({
      "application/json": { schema: { type: "object", examples: [{ a: 1 }] } },
      "text/plain": { example: "words" },
    }),
  },
};

async function asked(path: string, accept?: string) {
  const file = join(temporaryFolder(), "shapes.json");
  writeFileSync(file, JSON.stringify(document));
  const [model] = await modelsOf({ spec: file });
  const response = await createMock(model!).fetch(
    new Request(`http://mock${path}`, accept === undefined ? {} : { headers: { accept } }),
  );
  const { status, headers } = response;
  return { status, type: headers.get("content-type"), headers, text: await response.text() };
}

const boundary = "threepid-mock-5d0c71e2";

test.each([
  { path: "/bytes", type: "application/octet-stream", text: "some bytes" },
  { path: "/any", type: "application/octet-stream", text: "" },
  { path: "/events", type: "text/event-stream", text: "event: ping\ndata: 1\n\n" },
  { path: "/list-of-events", type: "text/event-stream", text: "data: string\n\n" },
  {
    path: "/parts",
    type: `multipart/mixed; boundary=${boundary}`,
    text: `--${boundary}\r\nContent-Type: text/plain\r\n\r\nstring\r\n--${boundary}--\r\n`,
  },
])("$path is answered as $type", async ({ path, type, text }) => {
  expect(await asked(path)).toMatchObject({ status: 200, type, text });
});

test("a form of several parts can be read as one", async () => {
  const { type, text } = await asked("/form");
  const form = await new Response(text, { headers: { "content-type": type ?? "" } }).formData();
  expect([...form]).toEqual([
    ["a", "string"],
    ["b", "{}"],
  ]);
});

test("headers are there where the document requires them or has an example, of their type", async () => {
  const { type, headers } = await asked("/image");
  expect(type).toBe("image/x-mock");
  expect(headers.get("content-disposition")).toBe("inline");
  expect(headers.get("x-left")).toBe("3");
  expect(headers.get("x-tags")).toBe("a,a");
  expect(headers.has("x-silent")).toBe(false);
});

test.each([
  [undefined, "application/json", '{"a":1}'],
  ["*/*", "application/json", '{"a":1}'],
  ["image/png", "application/json", '{"a":1}'],
  ["text/plain", "text/plain", "words"],
  ["image/png, text/*;q=0.5, application/json;q=0.1", "text/plain", "words"],
])("who accepts %s gets %s", async (accept, type, text) => {
  const answer = await asked("/either", accept);
  expect(answer.type?.split(";")[0]).toBe(type);
  expect(answer.text).toBe(text);
});

/** Events as a stream, from the document over the seam to the caller. */

import { beforeAll, expect, test } from "vitest";
import { operationData } from "../../generator/emit/operation-data.js";
import { emitOperations } from "../../generator/emit/operations.js";
import { createClient } from "../../generator/seam/client.js";
import type { OperationTable } from "../../generator/seam/contract.js";
import { createServer } from "../../generator/seam/server.js";
import { type Loaded, load } from "./load/fixture.js";

interface News {
  readonly params: Record<never, never>;
  readonly query: Record<never, never>;
  readonly headers: Record<never, never>;
  readonly body: undefined;
  readonly responses: {
    readonly 200: { readonly body: ReadableStream<Uint8Array>; readonly headers: Record<never, never> };
  };
  readonly implicit: Record<never, never>;
}

let loaded: Loaded;
let operations: OperationTable;
beforeAll(async () => {
  loaded = await load("events");
  operations = { news: operationData(loaded.model, loaded.operation("news")) };
});

/** A client of a service that tells one event and then nothing more, and what became of the stream. */
const reader = () => {
  const ended: unknown[] = [];
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: first\n\n")),
    cancel: (reason) => void ended.push(reason),
  });
  const server = createServer<{ news: News }, unknown>(
    { operations, requests: {} },
    { news: () => ({ status: 200, body }) },
  );
  const client = createClient<{ news: News }>(
    { operations, securitySchemes: {} },
    { baseUrl: "http://news.test", fetch: server.fetch, timeoutMs: 1_000, maxAnswerBytes: 1 },
  );
  return { client, ended };
};

test("an event is there before the stream has ended, however much may follow", async () => {
  const { client, ended } = reader();
  const { headers, body } = await client.news();
  const events = body.getReader();
  const { value } = await events.read();
  expect([headers.get("content-type"), new TextDecoder().decode(value)]).toEqual([
    "text/event-stream",
    "data: first\n\n",
  ]);
  await events.cancel("enough");
  expect(ended).toEqual(["enough"]);
});

test("the caller's signal ends a stream that goes on", async () => {
  const { client, ended } = reader();
  const controller = new AbortController();
  const { body } = await client.news({}, { signal: controller.signal });
  const events = body.getReader();
  await events.read();
  controller.abort("over");
  await expect(events.read()).rejects.toBe("over");
  expect(ended).toEqual(["over"]);
});

test("the type of its body is a stream and nothing else", async () => {
  const [file] = await emitOperations(loaded.model);
  expect(file?.text).toContain("200: { body: ReadableStream<Uint8Array>; headers: {} };");
});

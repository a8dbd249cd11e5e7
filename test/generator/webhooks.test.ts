/** What a service sends: from the document to a receiver and a sender that understand each other. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { createClient } from "../../generator/seam/client.js";
import type { OperationTable, RequestChecks, ResponseChecks } from "../../generator/seam/contract.js";
import { createServer } from "../../generator/seam/server.js";
import { fixtures, type Loaded, load } from "./load/fixture.js";

let news: Loaded;
let out: string;
let operations: OperationTable;
let requests: Readonly<Record<string, RequestChecks>>;
let responses: Readonly<Record<string, ResponseChecks>>;

const textOf = (path: string): string => readFileSync(join(out, path), "utf8");
const moduleOf = (path: string) => import(pathToFileURL(join(out, path)).href);

beforeAll(async () => {
  news = await load("webhooks");
  out = mkdtempSync(join(tmpdir(), "threepid-"));
  await generate({ root: join(fixtures, "positive/webhooks"), out, reference: true });
  ({ operations } = await moduleOf("news/webhooks/operations.ts"));
  ({ requests } = await moduleOf("news/webhooks/requests.ts"));
  ({ responses } = await moduleOf("news/webhooks/responses.ts"));
  return () => rmSync(out, { recursive: true, force: true });
});

describe("what a document says of what is sent", () => {
  test("webhooks and callbacks are told apart from operations, and keep their expressions", () => {
    expect(news.model.operations.map(({ id }) => id)).toEqual(["write", "subscribe", "renew"]);
    expect(news.model.webhooks.map(({ trigger, operation }) => [operation.id, operation.path, trigger])).toEqual([
      ["readerCame", "/new.reader", { kind: "webhook", name: "new.reader" }],
      ["quiet", "/quiet", { kind: "webhook", name: "quiet" }],
      ["putSilence", "/silence", { kind: "webhook", name: "silence" }],
      [
        "deleteSubscribeGone",
        "/subscribe/gone",
        { kind: "callback", name: "gone", expression: "{$request.body#/url}", operations: ["subscribe", "renew"] },
      ],
      [
        "letterCame",
        "/subscribe/told/letters/{id}",
        {
          kind: "callback",
          name: "told",
          expression: "{$request.body#/url}/letters/{$request.body#/reader/id}?at={$request.query.at}",
          operations: ["subscribe"],
        },
      ],
    ]);
  });

  test("a document of 3.1 may describe webhooks alone", () => {
    expect(news.model.webhooks.find(({ operation }) => operation.id === "quiet")?.operation.origin).toMatchObject({
      file: "news/quiet.yaml",
      line: 3,
    });
  });

  test("the document's own security speaks of its callers", () => {
    expect(news.operation("subscribe").auth).toBe("required");
    expect(news.model.webhooks.map(({ operation: { id, security } }) => [id, security])).toEqual([
      ["readerCame", []],
      ["quiet", []],
      ["putSilence", []],
      ["deleteSubscribeGone", []],
      ["letterCame", [["sender"]]],
    ]);
  });

  test("a webhook tells what the service tells: readOnly is in it, writeOnly is not", () => {
    const sent = news.model.webhooks.find(({ operation }) => operation.id === "letterCame")?.operation;
    expect(sent?.body?.content[0]?.schema).toEqual({ $ref: "#/components/schemas/Letter" });
    expect(news.operation("write").body?.content[0]?.schema).toEqual({ $ref: "#/components/schemas/LetterInput" });
    expect(news.schema("Letter").required).toEqual(["id", "text"]);
  });
});

describe("what is generated of it", () => {
  test("openapi.json keeps webhooks and callbacks where the document had them", () => {
    const { paths, webhooks } = JSON.parse(textOf("news/openapi.json"));
    expect(Object.keys(webhooks)).toEqual(["new.reader", "quiet", "silence"]);
    const { told, gone } = paths["/readers"].post.callbacks;
    const [[expression, item] = []] = Object.entries<{ post: { parameters: object[]; responses: object } }>(told);
    expect(expression).toBe("{$request.body#/url}/letters/{$request.body#/reader/id}?at={$request.query.at}");
    expect(item?.post.parameters).toEqual([
      { name: "X-Attempt", in: "header", required: true, schema: { type: "integer", minimum: 1 } },
    ]);
    // Not what dispatch of the service answers: receivers answer for themselves.
    expect(Object.keys(item?.post.responses ?? {})).toEqual(["204", "410"]);
    expect(paths["/readers"].put.callbacks.gone).toEqual(gone);
  });

  test("links are kept, and name operations rather than places", () => {
    expect(JSON.parse(textOf("news/openapi.json")).paths["/readers"].post.responses["201"]).toEqual({
      description: "They will hear.",
      links: {
        again: {
          operationId: "renew",
          parameters: { at: "$response.body#/at" },
          description: "They may hear longer.",
          "x-soon": true,
        },
        first: { operationId: "write" },
        shared: { operationId: "write" },
      },
      "x-hears": true,
    });
  });

  test("each side names the credentials that it is about", () => {
    expect(textOf("news/calls.ts")).toContain('export const securitySchemes = { reader: { type: "http"');
    expect(textOf("news/calls.ts")).not.toContain("X-Sender");
    expect(textOf("news/webhooks/calls.ts")).toContain('{ sender: { type: "apiKey", in: "header", name: "X-Sender"');
  });

  test("the types are the service's own, and the receiver's are under one name", () => {
    expect(textOf("news/webhooks/operations.ts")).toContain('import type * as T from "../types.js";');
    expect(textOf("news/webhooks/handlers.ts")).toContain('  letterCame: Handler<"letterCame", Context>;');
    expect(textOf("news/webhooks/handlers.ts")).toContain("Sent to `{$request.body#/url}/letters/");
    expect(textOf("news/index.ts")).toContain('export * as webhooks from "./webhooks/index.js";');
  });

  test("the reference page tells what is sent, and where to", () => {
    const page = textOf("news/reference.html");
    expect(page).toContain("<h2>What the service sends</h2>");
    expect(page).toContain("<b>{$request.body#/url}</b>/letters/");
    expect(page).toContain('id="operation-readerCame"');
  });
});

interface Anything {
  readonly params: Record<string, string>;
  readonly query: object;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
  readonly responses: { readonly 204: { readonly body: unknown; readonly headers: Record<never, never> } };
  readonly implicit: Record<never, never>;
}

/** A receiver of letters, and what it was given. */
const receiver = () => {
  const given: unknown[] = [];
  const letterCame = ({ params, headers, body }: Pick<Anything, "params" | "headers" | "body">) => {
    given.push({ params, attempt: headers["X-Attempt"], body });
    return { status: 204 as const, body: undefined };
  };
  const server = createServer<{ letterCame: Anything }, unknown>(
    { operations: { letterCame: operations["letterCame"] ?? missing() }, requests },
    { letterCame },
    undefined,
    { responses },
  );
  return { given, fetch: server.fetch };
};

const missing = (): never => {
  throw new Error("no operation letterCame");
};

describe("a receiver and a sender", () => {
  const letter = { id: "1", text: "Hello" };

  test("understand each other", async () => {
    const { given, fetch } = receiver();
    const sender = createClient<{ letterCame: Anything }>(
      { operations, securitySchemes: {} },
      { baseUrl: "http://reader.test", fetch },
    );
    const answer = await sender.letterCame({
      params: { id: "7" },
      query: {},
      headers: { "X-Attempt": 1 },
      body: letter,
    });
    expect(answer.status).toBe(204);
    expect(given).toEqual([{ params: { id: "7" }, attempt: 1, body: letter }]);
  });

  test.each([
    ["an attempt that is none", { "x-attempt": "0" }, letter],
    ["no attempt", {}, letter],
    ["a letter without an id", { "x-attempt": "1" }, { text: "Hello" }],
  ])("a request with %s never reaches the handler", async (_what, headers, body) => {
    const { given, fetch } = receiver();
    const { status } = await fetch(
      new Request("http://reader.test/subscribe/told/letters/7", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    );
    expect([status, given]).toEqual([400, []]);
  });
});

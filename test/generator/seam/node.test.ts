import { readFileSync } from "node:fs";
import { createServer as httpServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type FastifyInstance, fastify } from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import { toNodeListener } from "../../../generator/seam/node.js";
import { type Admission, createServer, type Policy, type Server } from "../../../generator/seam/server.js";
import { handlers, type LibraryHandlers, type Operations, operations, requests } from "./library.js";

const serverOf = (own: Partial<LibraryHandlers<unknown>> = {}, policy: Partial<Policy<Admission>> = {}): Server =>
  createServer<Operations, Admission>(
    { operations, requests },
    { ...handlers, ...own },
    { admit: (admission) => admission, ...policy },
  );

type Listener = (message: IncomingMessage, reply: ServerResponse) => void;

/** Answers the address of a listener on a socket of its own, which is closed after the test. */
async function listening(listener: Listener): Promise<string> {
  const server = httpServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
  return `http://127.0.0.1:${port}`;
}

/** Middleware in a row, called as Express calls it. */
const inRow =
  (listen: ReturnType<typeof toNodeListener>): Listener =>
  (message, reply) =>
    listen(message, reply, () => reply.writeHead(418).end("behind"));

function serveBy(app: FastifyInstance, server: Server): void {
  const listen = toNodeListener(server);
  app.addHook("onRequest", (request, reply, done) => {
    if (!server.serves(request.raw.url ?? "/")) return done();
    reply.hijack();
    listen(request.raw, reply.raw);
  });
}

async function byFastify(server: Server): Promise<string> {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  serveBy(app, server);
  app.get("/mine", () => ({ mine: true }));
  return app.listen({ host: "127.0.0.1", port: 0 });
}

const ways: readonly (readonly [string, (server: Server) => Promise<string>])[] = [
  ["node's http", (server) => listening(toNodeListener(server))],
  ["middleware", (server) => listening(inRow(toNodeListener(server)))],
  ["Fastify", byFastify],
];

describe.each(ways)("served by %s", (_name, serve) => {
  const picture = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);

  test("a query and a path arrive, JSON goes back with its length", async () => {
    const url = await serve(serverOf());
    const answer = await fetch(`${url}/v1/books/a%2Fb?page=7`, { headers: { "x-trace": "t" } });
    expect(answer.headers.get("content-length")).toMatch(/^\d+$/);
    expect(await answer.json()).toEqual({ isbn: "a/b", page: 7, trace: "t" });
  });

  test("bodies are read: JSON, forms, bytes of any length", async () => {
    const url = await serve(serverOf());
    const post = (path: string, body: BodyInit, headers = {}) =>
      fetch(`${url}${path}`, { method: "POST", body, headers });
    const json = { "content-type": "application/json" };
    expect((await post("/v1/books", '{"title":"T","author":{"name":"é"}}', json)).headers.get("location")).toBe(
      "/v1/books/1",
    );
    expect(await (await post("/v1/rate", new URLSearchParams({ isbn: "é" }))).json()).toEqual({ isbn: "é", stars: 3 });
    expect((await post("/v1/books", "{", json)).status).toBe(400);
    const upload = { method: "PUT", body: picture, headers: { "content-type": "image/png" } };
    const back = await fetch(`${url}/v1/cover`, upload);
    // Not by `toEqual`: it takes seconds for so many numbers, in which the server gives an idle connection up.
    expect(Buffer.from(await back.arrayBuffer()).equals(picture)).toBe(true);
    expect((await fetch(`${url}/v1/leave`, { method: "POST" })).status).toBe(204);
  });

  test("HEAD has the head of GET", async () => {
    const answer = await fetch(`${await serve(serverOf())}/v1/ping`, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  });

  test("a body that is too large is refused, declared or not", async () => {
    const whole: LibraryHandlers<unknown>["upload"] = async ({ body }) => ({
      status: 200,
      body: new Uint8Array(await new Response(body).arrayBuffer()),
    });
    const url = await serve(serverOf({ upload: whole }, { maxBodyBytes: 1_000 }));
    const headers = { "content-type": "image/png" };
    const put = (body: BodyInit, more = {}) => fetch(`${url}/v1/cover`, { method: "PUT", headers, body, ...more });
    expect((await put(new Uint8Array(1_001))).status).toBe(413);
    const stream = new Blob([new Uint8Array(1_001)]).stream();
    expect((await put(stream, { duplex: "half" })).status).toBe(413);
    expect((await put(new Uint8Array(1_000))).status).toBe(200);
  });

  test("a stream is poured as it comes, and told when nobody reads it any more", async () => {
    const chunk = new Uint8Array(65_536);
    let cancelled: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => cancelled?.(),
    });
    const server = serverOf();
    const streaming: Server = {
      ...server,
      answer: () => ({ status: 200, headers: { "content-type": "image/png" }, body: endless }),
    };
    const answer = await fetch(`${await serve(streaming)}/v1/ping`);
    const reader = answer.body!.getReader();
    expect((await reader.read()).value?.length).toBeGreaterThan(0);
    await reader.cancel();
    await gone;
  });

  test("a handler learns that the caller is gone", async () => {
    let entered: ((signal: AbortSignal) => void) | undefined;
    const entrance = new Promise<AbortSignal>((resolve) => {
      entered = resolve;
    });
    const server = serverOf(
      { ping: () => new Promise(() => undefined) },
      {
        admit: (admission) => {
          entered?.(admission.request.signal);
          return admission;
        },
      },
    );
    const call = request(`${await serve(server)}/v1/ping`).on("error", () => undefined);
    call.end();
    const signal = await entrance;
    expect(signal.aborted).toBe(false);
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    call.destroy();
    await aborted;
  });
});

test("paths that no operation has are left to what comes behind, their methods are not", async () => {
  const server = serverOf();
  const middleware = await listening(inRow(toNodeListener(server)));
  expect((await fetch(`${middleware}/v1/nothing`)).status).toBe(418);
  expect((await fetch(`${middleware}/v1/ping?x=1`, { method: "DELETE" })).status).toBe(405);
  expect((await fetch(`${await listening(toNodeListener(server))}/v1/nothing`)).status).toBe(404);
  const app = await byFastify(server);
  expect(await (await fetch(`${app}/mine`)).json()).toEqual({ mine: true });
  expect((await fetch(`${app}/v1/ping`, { method: "DELETE" })).status).toBe(405);
});

test("a body that somebody else has read is a failure, not a hang", async () => {
  const problems: string[] = [];
  const server = serverOf(
    {},
    { observe: ({ problem }) => problems.push(problem?.kind === "thrown" ? String(problem.error) : "none") },
  );
  const listen = toNodeListener(server);
  const url = await listening((message, reply) => {
    message.resume().once("end", () => setImmediate(() => listen(message, reply)));
  });
  const answer = await fetch(`${url}/v1/cover`, { method: "PUT", body: "x", headers: { "content-type": "image/png" } });
  expect(answer.status).toBe(500);
  expect(problems).toEqual([expect.stringContaining("in front of whatever parses bodies")]);
});

test("the README's words for Fastify are those that are tested here", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../../generator/README.md"), "utf8");
  const [, shown = ""] = /\n(app\.addHook\([\s\S]*?\n}\);)\n/.exec(readme) ?? [];
  expect(shown.split("\n")).toHaveLength(5);
  expect(serveBy.toString().replaceAll(/\s+/g, "")).toContain(shown.replaceAll(/\s+/g, ""));
});

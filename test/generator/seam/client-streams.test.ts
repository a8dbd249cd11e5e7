/** Streams in both directions, over a real socket. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type ClientOptions, createClient, TimedOut, Unreachable } from "../../../generator/seam/client.js";
import type { OperationTable } from "../../../generator/seam/contract.js";

type Nothing = Record<never, never>;
type Bytes = ReadableStream<Uint8Array>;

interface Operations {
  store: {
    params: Nothing;
    query: Nothing;
    headers: Nothing;
    body: Bytes | Uint8Array | Blob;
    responses: { 200: { body: Bytes; headers: Nothing } };
    implicit: { 413: { body: { error: string }; headers: Nothing }; 429: { body: unknown; headers: Nothing } };
  };
}

const json = { content: { "application/json": "json" } } as const;
const bytes = { "application/octet-stream": "stream" } as const;
const operations = {
  store: {
    id: "store",
    method: "PUT",
    path: "/store",
    auth: "none",
    security: [],
    parameters: [],
    body: { required: true, content: bytes },
    responses: { 200: { content: bytes } },
    implicit: { 413: json, 429: json },
    rateLimited: false,
    deprecated: false,
  },
} as const satisfies OperationTable;

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const client = async (
  answer: (request: IncomingMessage, reply: ServerResponse) => void,
  options: Partial<ClientOptions> = {},
) => {
  const server = createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
  const baseUrl = `http://127.0.0.1:${port}`;
  return createClient<Operations>({ operations, securitySchemes: {} }, { baseUrl, ...options });
};

const echo = (request: IncomingMessage, reply: ServerResponse): void => {
  reply.writeHead(200, { "content-type": "application/octet-stream" });
  request.pipe(reply);
};

/** A stream that gives one byte at a time, for as long as somebody takes them, and how it ended. */
const endless = () => {
  let end: (reason: unknown) => void = () => undefined;
  const cancelled = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      await new Promise((resolve) => setImmediate(resolve));
      controller.enqueue(new Uint8Array(1));
    },
    cancel: (reason) => end(reason),
  });
  return { body, cancelled };
};

const textOf = (body: Bytes): Promise<string> => new Response(body).text();

describe("streams", () => {
  it.each([
    ["a stream", () => new Blob(["one ", "two"]).stream()],
    ["a blob", () => new Blob(["one ", "two"])],
    ["bytes", () => new TextEncoder().encode("one two")],
  ])("%s goes up and comes down", async (_, body) => {
    const { store } = await client(echo);
    const answer = await store({ body: body() });
    expect(answer.status === 200 && (await textOf(answer.body))).toBe("one two");
  });

  it("are sent once, whatever the service asks for", async () => {
    let count = 0;
    const busy = (request: IncomingMessage, reply: ServerResponse) => {
      count++;
      request.resume().on("end", () => {
        reply.writeHead(429, { "content-type": "application/json", "retry-after": "0" }).end("{}");
      });
    };
    const { store } = await client(busy, { retries: 3 });
    expect(await store({ body: new Blob(["x"]).stream() })).toMatchObject({ status: 429 });
    expect(count).toBe(1);
    expect(await store({ body: new Blob(["x"]) })).toMatchObject({ status: 429 });
    expect(count).toBe(5);
  });

  it("have the time of an attempt until they begin, and all they want from then on", async () => {
    const slow = (request: IncomingMessage, reply: ServerResponse) => {
      request.resume();
      reply.writeHead(200, { "content-type": "application/octet-stream" });
      reply.write("a");
      setTimeout(() => reply.end("b"), 3_500);
    };
    const answer = await (await client(slow, { timeoutMs: 3_000 })).store({ body: new Uint8Array(1) });
    expect(answer.status === 200 && (await textOf(answer.body))).toBe("ab");
    const { body, cancelled } = endless();
    const { store } = await client((request) => void request.resume(), { timeoutMs: 50 });
    await expect(store({ body })).rejects.toBeInstanceOf(TimedOut);
    expect(await cancelled).toBeInstanceOf(TimedOut);
  });

  it("end in both directions when the caller aborts", async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> = Promise.resolve();
    const { store } = await client((request, reply) => {
      closed = once(reply, "close");
      request.on("error", () => undefined);
      echo(request, reply);
    });
    const { body, cancelled } = endless();
    const answer = await store({ body }, { signal: controller.signal });
    if (answer.status !== 200) throw new Error("it is an echo");
    const reader = answer.body.getReader();
    await reader.read();
    controller.abort(new Error("enough"));
    await expect(reader.closed).rejects.toThrow("enough");
    expect(await cancelled).toMatchObject({ message: "enough" });
    await closed;
  });

  it("end at the service when the caller takes no more", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const { store } = await client((request, reply) => {
      closed = once(reply, "close");
      request.resume();
      reply.writeHead(200, { "content-type": "application/octet-stream" }).write("a");
    });
    const answer = await store({ body: new Uint8Array(1) });
    if (answer.status === 200) await answer.body.cancel();
    await closed;
    expect(answer.status).toBe(200);
  });

  it("tell a connection that breaks as what it is", async () => {
    const { store } = await client((request, reply) => {
      request.resume();
      reply.writeHead(200, { "content-type": "application/octet-stream" });
      reply.write("a", () => reply.destroy());
    });
    const answer = await store({ body: new Uint8Array(1) });
    if (answer.status !== 200) throw new Error("it begins well");
    await expect(textOf(answer.body)).rejects.toBeInstanceOf(Unreachable);
  });

  it("are cancelled when they are refused before their end, and when they cannot be sent", async () => {
    const { store } = await client((request, reply) => {
      request.on("error", () => undefined);
      reply.writeHead(413, { "content-type": "application/json" }).end('{"error":"long"}');
    });
    const refused = endless();
    expect(await store({ body: refused.body })).toMatchObject({ status: 413, body: { error: "long" } });
    await refused.cancelled;
    const late = endless();
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(store({ body: late.body }, { signal })).rejects.toThrow("too late");
    expect(await late.cancelled).toMatchObject({ message: "too late" });
  });
});

it("is no text where the platform sends no streams", async () => {
  // As some browsers do: what they do not know becomes a text.
  class Textual extends Request {
    constructor(url: string, { body, ...init }: RequestInit = {}) {
      super(url, { ...init, ...(body instanceof ReadableStream ? { body: String(body) } : { body: body ?? null }) });
    }
  }
  vi.stubGlobal("Request", Textual);
  onTestFinished(() => void vi.unstubAllGlobals());
  const sent: string[] = [];
  const store = createClient<Operations>(
    { operations, securitySchemes: {} },
    {
      baseUrl: "http://letters.test",
      fetch: async (request) => {
        sent.push(await request.text());
        return new Response("");
      },
    },
  ).store;
  const error = await store({ body: new Blob(["abc"]).stream() }).catch((thrown: unknown) => thrown);
  expect(String(error)).toBe("TypeError: store cannot be sent: no PUT with a stream can be made here");
  await store({ body: new Blob(["abc"]) });
  expect(sent).toEqual(["abc"]);
});

/** Bytes from end to end over a socket: uploads and downloads are streams on both sides, and never whole in between. */

import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { fastify } from "fastify";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createServer as createGeneratedServer } from "../../generated/seam/server.js";
import { operationData } from "../../generator/emit/operation-data.js";
import { emitOperations } from "../../generator/emit/operations.js";
import { createClient } from "../../generator/seam/client.js";
import type { OperationTable } from "../../generator/seam/contract.js";
import { toNodeListener } from "../../generator/seam/node.js";
import {
  type Admission,
  createServer,
  type HandlersOf,
  type Policy,
  type Server,
  TooLarge,
} from "../../generator/seam/server.js";
import { httpListener } from "../../runtime/http/node-listener.js";
import { type Loaded, load } from "./load/fixture.js";

type Bytes = ReadableStream<Uint8Array>;
type Nothing = Record<never, never>;

interface Media {
  readonly upload: {
    readonly params: Nothing;
    readonly query: { readonly filename?: string };
    readonly headers: { readonly "Content-Type"?: string };
    readonly body: Bytes;
    readonly responses: {
      readonly 200: { readonly body: { readonly content_uri: string }; readonly headers: Nothing };
      readonly 413: { readonly body: { readonly error: string }; readonly headers: Nothing };
    };
    readonly implicit: Nothing;
  };
  readonly download: {
    readonly params: { readonly serverName: string; readonly mediaId: string };
    readonly query: Nothing;
    readonly headers: Nothing;
    readonly body: undefined;
    readonly responses: {
      readonly 200: { readonly body: Bytes; readonly headers: { readonly "content-disposition"?: string } };
      readonly 404: { readonly body: { readonly error: string }; readonly headers: Nothing };
    };
    readonly implicit: Nothing;
  };
  readonly convert: {
    readonly params: Nothing;
    readonly query: Nothing;
    readonly headers: Nothing;
    readonly body: Bytes | undefined;
    readonly contents: { readonly "image/*": Bytes };
    readonly assumed: never;
    readonly responses: {
      readonly 200: {
        readonly body: Bytes;
        readonly contents: { readonly "*/*": Bytes };
        readonly assumed: "*/*";
        readonly headers: Nothing;
      };
    };
    readonly implicit: Nothing;
  };
}

type Handlers = HandlersOf<Media, Admission>;

const mebibyte = 1_048_576;
const size = 64 * mebibyte;
const chunkSize = 65_536;

/** The bytes from one place of a sequence that repeats at no power of two. */
const chunkAt = (offset: number): Uint8Array =>
  repeating.subarray((offset / chunkSize) % 251, ((offset / chunkSize) % 251) + chunkSize);
const repeating = Uint8Array.from({ length: 2 * chunkSize }, (_, index) => index % 251);

/** A stream that is made as it is read, and how much of it was. */
const source = (total: number) => {
  const made = { bytes: 0, cancelled: undefined as unknown };
  const stream: Bytes = new ReadableStream(
    {
      pull: async (controller) => {
        if (made.bytes >= total) return controller.close();
        await turn();
        controller.enqueue(chunkAt(made.bytes));
        made.bytes += chunkSize;
      },
      cancel: (reason) => {
        made.cancelled = reason ?? "cancelled";
      },
    },
    { highWaterMark: 0 },
  );
  return { made, stream };
};

const digestOf = async (stream: Bytes, hash = createHash("sha256")): Promise<string> => {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return hash.digest("hex");
    hash.update(value);
  }
};

let media: Loaded;
let operations: OperationTable;
let expected: string;
beforeAll(async () => {
  media = await load("bodies", "media");
  operations = Object.fromEntries(media.model.operations.map((one) => [one.id, operationData(media.model, one)]));
  expected = await digestOf(source(size).stream);
});

const handlers: Handlers = {
  upload: async ({ body, query }) => ({
    status: 200,
    body: { content_uri: `${query.filename}/${await digestOf(body)}` },
  }),
  download: ({ params }) =>
    params.mediaId === "large"
      ? { status: 200, body: source(size).stream, headers: { "content-disposition": "attachment" } }
      : { status: 404, body: { error: "there is none" } },
  convert: ({ body, contentType }) => ({
    status: 200,
    contentType: contentType ?? "image/none",
    body: body ?? new Uint8Array(),
  }),
};

/** The listener of our servers stands on the seam that was generated, a copy with classes of its own. */
const serverOf = (
  own: Partial<Handlers> = {},
  policy: Partial<Policy<Admission>> = {},
  create: typeof createServer = createServer,
): Server =>
  create<Media, Admission>(
    { operations, requests: {} },
    { ...handlers, ...own },
    { admit: (admission) => admission, maxBodyBytes: 2 * size, ...policy },
  );

async function byNode(server: Server): Promise<string> {
  const http = createHttpServer(toNodeListener(server));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`; // What a server that listens on a port has.
}

async function byFastify(server: Server): Promise<string> {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  const listen = toNodeListener(server);
  app.addHook("onRequest", (request, reply) => {
    reply.hijack();
    listen(request.raw, reply.raw);
  });
  app.setNotFoundHandler((_request, reply) => reply.hijack());
  return app.listen({ host: "127.0.0.1", port: 0 });
}

async function byRuntime(server: Server): Promise<string> {
  const listener = httpListener(server, { host: "127.0.0.1", port: 0, closeTimeoutMs: 10 });
  onTestFinished(() => listener.close());
  const address = await listener.listen();
  if (typeof address !== "object" || address === null) throw new Error("it listens on a port");
  return `http://127.0.0.1:${address.port}`;
}

const clientOf = (baseUrl: string) =>
  createClient<Media>({ operations, securitySchemes: {} }, { baseUrl, timeoutMs: 20_000, maxAnswerBytes: 1_000 });

/** Lets everything happen that does not wait for us: what stood still for so many turns waits. */
async function untilStill(count: () => number): Promise<number> {
  for (let last = -1, still = 0; still < 100; still = count() === last ? still + 1 : 0) {
    last = count();
    await turn();
  }
  return count();
}

const ways = [
  ["node's http", byNode, createServer],
  ["Fastify", byFastify, createServer],
  ["the listener of our servers", byRuntime, createGeneratedServer],
] as const;

describe.each(ways)("served by %s", (_name, listen, create) => {
  const serving = (own: Partial<Handlers> = {}, policy: Partial<Policy<Admission>> = {}): Promise<string> =>
    listen(serverOf(own, policy, create));

  test("64 MiB go up and come down as they are", async () => {
    const client = clientOf(await serving());
    const sent = source(size);
    const uploaded = await client.orThrow.upload({ query: { filename: "film" }, body: sent.stream });
    expect(uploaded).toEqual({ content_uri: `film/${expected}` });
    const answer = await client.download({ params: { serverName: "a.org", mediaId: "large" } });
    if (answer.status !== 200) throw new Error("it is there");
    expect(answer.headers.get("content-disposition")).toBe("attachment");
    expect(await digestOf(answer.body)).toBe(expected);
  });

  test("what is sent flows back before its end, and is held back where nobody reads", async () => {
    const client = clientOf(await serving());
    const sent = source(size);
    const { body, contentType } = await client.convert({ contentType: "image/gif", body: sent.stream });
    expect(contentType).toBe("image/gif");
    const reader = body.getReader();
    const { value } = await reader.read();
    expect(await untilStill(() => sent.made.bytes)).toBeLessThan(size / 2);
    const hash = createHash("sha256").update(value!);
    reader.releaseLock();
    expect([await digestOf(body, hash), sent.made.bytes]).toEqual([expected, size]);
  });

  test("a body beyond the limit is refused as long as nothing was answered, whether it tells its length or not", async () => {
    const client = clientOf(await serving({}, { maxBodyBytes: mebibyte }));
    const bytes = new Uint8Array(mebibyte + 1);
    expect(await client.upload({ body: bytes })).toMatchObject({
      status: 413,
      body: { error: "the body is larger than 1048576 bytes" },
    });
    expect((await client.upload({ body: source(2 * mebibyte).stream })).status).toBe(413);
    expect((await client.upload({ body: bytes.subarray(1) })).status).toBe(200);
  });

  test("beyond the limit what was begun to be answered breaks off", async () => {
    const client = clientOf(await serving({}, { maxBodyBytes: mebibyte }));
    const sent = source(size);
    const { body } = await client.convert({ contentType: "image/gif", body: sent.stream });
    await expect(digestOf(body)).rejects.toThrow("convert got no answer from");
    expect(sent.made.bytes).toBeLessThan(size / 2);
  });

  test("a caller who goes away is noticed by who reads", async () => {
    let told = (_seen: readonly unknown[]): void => undefined;
    const seen = new Promise<readonly unknown[]>((resolve) => {
      told = resolve;
    });
    const controller = new AbortController();
    const upload: Handlers["upload"] = async ({ body }, { request }) => {
      const reader = body.getReader();
      await reader.read();
      controller.abort(new Error("enough"));
      try {
        for (let done = false; !done; ) ({ done } = await reader.read());
      } catch (error) {
        if (!request.signal.aborted)
          await new Promise((resolve) => request.signal.addEventListener("abort", resolve, { once: true }));
        told([error instanceof Error && error.message.toLowerCase().replace(".", ""), request.signal.aborted]);
      }
      return { status: 200, body: { content_uri: "" } };
    };
    const client = clientOf(await serving({ upload }));
    const endless = source(Number.POSITIVE_INFINITY);
    await expect(client.upload({ body: endless.stream }, { signal: controller.signal })).rejects.toThrow("enough");
    expect(await seen).toEqual(["the request ended early", true]);
  });

  test("a handler that does not want the body answers at once, and the connection goes on", async () => {
    const upload: Handlers["upload"] = async ({ body }) => {
      await body.cancel();
      return { status: 200, body: { content_uri: "none" } };
    };
    const client = clientOf(await serving({ upload }));
    for (const length of [0, 1, 4 * mebibyte, 3]) {
      expect(await client.orThrow.upload({ body: new Uint8Array(length) })).toEqual({ content_uri: "none" });
    }
  });

  test("a body may hold nothing, and one that may be absent be absent", async () => {
    const bodies: unknown[] = [];
    const client = clientOf(
      await serving({
        convert: ({ body, contentType }) => {
          bodies.push([body === undefined, contentType]);
          return { status: 200, contentType: "image/gif", body: body ?? new Uint8Array([7]) };
        },
      }),
    );
    const answers = [
      await client.convert({ contentType: "image/gif", body: new Uint8Array() }),
      await client.convert(),
    ];
    const texts = answers.map(async ({ body }) => (await new Response(body).arrayBuffer()).byteLength);
    expect([await Promise.all(texts), bodies]).toEqual([
      [0, 1],
      [
        [false, "image/gif"],
        [true, undefined],
      ],
    ]);
  });
});

test("a fetch runtime bounds what it streams as well", async () => {
  const server = serverOf({}, { maxBodyBytes: ({ id }) => (id === "upload" ? mebibyte : 0) });
  const put = (path: string, total: number) =>
    server.fetch(
      new Request(`http://media.test${path}`, {
        method: "POST",
        headers: { "content-type": "image/png" },
        body: source(total).stream,
        duplex: "half",
      } as RequestInit),
    );
  expect((await put("/media/upload", 2 * mebibyte)).status).toBe(413);
  expect((await put("/media/upload", mebibyte)).status).toBe(200);
  const converted = await put("/media/convert", chunkSize);
  await expect(converted.arrayBuffer()).rejects.toThrow(TooLarge);
});

test("the type that an upload is given by a header of the document is its only one", async () => {
  const types: unknown[] = [];
  const server = serverOf({
    upload: ({ headers }, { request }) => {
      types.push([headers["Content-Type"], request.header("content-type")]);
      return { status: 200, body: { content_uri: "" } };
    },
  });
  const client = createClient<Media>(
    { operations, securitySchemes: {} },
    { baseUrl: "http://media.test", fetch: server.fetch },
  );
  await client.upload({ headers: { "Content-Type": "image/png" }, body: new Blob(["x"], { type: "text/x" }) });
  await client.upload({ body: new Uint8Array(1) });
  expect(types).toEqual([
    ["image/png", "image/png"],
    ["application/octet-stream", "application/octet-stream"],
  ]);
});

test("their types are streams for who reads them", async () => {
  const [file] = await emitOperations(media.model);
  expect(file?.text).toContain(
    "    body: ReadableStream<Uint8Array>;\n    responses: {\n      200: { body: T.UploadResponse; headers: {} };",
  );
  expect(file?.text).toContain(
    '    body: ReadableStream<Uint8Array> | undefined;\n    contents: {\n      "image/*": ReadableStream<Uint8Array>;\n    };\n    assumed: never;',
  );
});

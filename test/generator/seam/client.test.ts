import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ClientOptions,
  createClient,
  Refused,
  TimedOut,
  UnexpectedAnswer,
  Unreachable,
} from "../../../generator/seam/client.js";
import type { OperationTable } from "../../../generator/seam/contract.js";
import { createServer } from "../../../generator/seam/server.js";
import { handlers, type Operations, operations, requests, responses, securitySchemes } from "./library.js";

const server = createServer<Operations, unknown>({ operations, requests }, handlers);

const client = (options: Partial<ClientOptions> = {}) =>
  createClient<Operations>(
    { operations, securitySchemes },
    { baseUrl: "http://library.test", fetch: server.fetch, ...options },
  );

/** A client whose service gives these answers in turn, and the requests it got. */
const scripted = (answers: readonly (() => Response | Promise<Response>)[], options: Partial<ClientOptions> = {}) => {
  const sent: Request[] = [];
  const fetch = async (request: Request) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)];
    sent.push(request);
    return answer?.() ?? Response.error();
  };
  return { sent, client: client({ fetch, ...options }) };
};

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

const book = { title: "t", author: { name: "n" } };

describe("client", () => {
  it("calls every encoding", async () => {
    const library = client();
    expect(await library.ping()).toMatchObject({ status: 200, body: {} });
    expect(await library.addBook({ body: book })).toMatchObject({ status: 201, body: { title: "t" } });
    expect((await library.addBook({ body: book })).headers.get("location")).toBe("/v1/books/1");
    expect(await library.page()).toMatchObject({ status: 200, body: "<p>hello</p>" });
    expect(await library.leave()).toMatchObject({ status: 204, body: undefined });
    const bytes = new Uint8Array([0, 255, 7]);
    const back = await library.orThrow.upload({ body: bytes });
    expect(new Uint8Array(await new Response(back).arrayBuffer())).toEqual(bytes);
    expect(await library.orThrow.rate({ body: { isbn: "a" } })).toEqual({ isbn: "a", stars: 0 });
    expect(await library.orThrow.inviteAddress({ body: { address: "a" } })).toEqual({ by: "address" });
  });

  it("writes a body as the content type that the caller names", async () => {
    const sent = { headers: { "Content-Type": "application/x-www-form-urlencoded" } };
    const { sent: requests, client: library } = scripted([json(200, {})]);
    await library.rate({ body: { isbn: "a b&c", stars: 4 } }, sent);
    expect(await requests[0]?.text()).toBe("isbn=a%20b%26c&stars=4");
    expect(await client().orThrow.rate({ body: { isbn: "a b&c", stars: 4 } }, sent)).toEqual({
      isbn: "a b&c",
      stars: 4,
    });
  });

  it("brings parameters over as they are", async () => {
    const text = fc.string({ unit: "binary", minLength: 1 });
    const query = fc.record(
      {
        page: fc.maxSafeInteger(),
        exact: fc.boolean(),
        weight: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
        tags: fc.array(text, { minLength: 1 }),
        ids: fc.array(fc.maxSafeInteger()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(text, query, async (isbn, given) => {
        fc.pre(!["isvalid", ".", ".."].includes(isbn));
        const wanted = { isbn, page: 1, ...given };
        expect(JSON.stringify(await client().orThrow.getBook({ params: { isbn }, query: given }))).toBe(
          JSON.stringify(reordered(wanted)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["an undeclared status", () => new Response("teapot", { status: 218 }), 218, "teapot"],
    ["a body that is no JSON", () => new Response("<html>", { status: 200 }), 200, "<html>"],
    ["a gateway's page", () => new Response("<html>bad gateway", { status: 502 }), 502, "<html>bad gateway"],
    ["a body without end", () => new Response("x".repeat(200)), 200, ""],
  ])("tells %s with status and text", async (_, answer, status, text) => {
    const error = await scripted([answer], { maxAnswerBytes: 100 })
      .client.ping()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedAnswer);
    expect(error).toMatchObject({ status, text, operation: "ping" });
  });

  it("checks answers where it was given the checks", async () => {
    const checked = createClient<Operations>(
      { operations, securitySchemes, responses },
      { baseUrl: "http://library.test", fetch: async () => json(200, {})() },
    );
    await expect(checked.isValid({ query: { isbn: "1" } })).rejects.toBeInstanceOf(UnexpectedAnswer);
  });

  it("checks answers where its caller hands over the checks, and not otherwise", async () => {
    const options = { baseUrl: "http://library.test", fetch: async () => json(200, {})() };
    const clientWith = (more: Pick<ClientOptions, "responses">) =>
      createClient<Operations>({ operations, securitySchemes }, { ...options, ...more });
    const call = { query: { isbn: "1" } };
    await expect(clientWith({ responses }).isValid(call)).rejects.toBeInstanceOf(UnexpectedAnswer);
    await expect(clientWith({}).isValid(call)).resolves.toMatchObject({ status: 200, body: {} });
  });

  it.each([
    ["the implicit status where its type is sent", 400, "application/json", '{"errcode":"M_X"}', { errcode: "M_X" }],
    ["the declared range where its type is sent", 400, "text/html; charset=utf-8", "<p>no</p>", "<p>no</p>"],
    ["the declared range where only that has the status", 404, "text/html", "<p>no</p>", "<p>no</p>"],
    ["the narrower range before a default", 500, "application/json", '{"errcode":"M_Y"}', { errcode: "M_Y" }],
    ["a declared default where its type is sent", 500, "text/plain", "down", "down"],
    ["the narrowest where no type is sent", 400, "", '{"errcode":"M_Z"}', { errcode: "M_Z" }],
  ])("reads an answer as %s", async (_, status, type, text, body) => {
    const content = { "application/json": "json" } as const;
    const open = {
      ...operations.ping,
      responses: { "4XX": { content: { "text/html": "text" } }, default: { content: { "text/plain": "text" } } },
      implicit: { "400": { content }, "5XX": { content } },
    } as const;
    const fetch = async () =>
      new Response(new TextEncoder().encode(text), { status, headers: { "content-type": type } });
    const service = { operations: { ping: open }, securitySchemes };
    const { ping } = createClient<Pick<Operations, "ping">>(service, {
      baseUrl: "http://library.test",
      retries: 0,
      fetch,
    });
    expect(await ping()).toMatchObject({ status, body });
  });

  it("reads a status that is declared exactly as nothing else", async () => {
    const exact = { ...operations.ping, responses: { "400": { content: { "application/json": "json" } } } } as const;
    const implicit = { "4XX": { content: { "text/html": "text" } } } as const;
    const fetch = async () => new Response("<p>", { status: 400, headers: { "content-type": "text/html" } });
    const service = { operations: { ping: { ...exact, implicit } }, securitySchemes };
    const { ping } = createClient<Pick<Operations, "ping">>(service, { baseUrl: "http://library.test", fetch });
    await expect(ping()).rejects.toThrow("the body is text/html, not application/json");
  });

  it.each([
    ["text/html", "<p>Bad gateway", "the body is text/html, not application/json"],
    ["application/json; charset=utf-8", "<p>", "the body is not JSON"],
    ["", "<p>", "the body is not JSON"],
  ])("tells what a proxy answered as %s", async (type, text, message) => {
    const body = new TextEncoder().encode(text);
    const fetch = async () => new Response(body, { status: 502, headers: type === "" ? {} : { "content-type": type } });
    const ping = { ...operations.ping, responses: { default: { content: { "application/json": "json" } } } } as const;
    const client = createClient<Pick<Operations, "ping">>(
      { operations: { ping }, securitySchemes },
      { baseUrl: "http://library.test", fetch, retries: 0 },
    );
    await expect(client.ping()).rejects.toThrow(message);
  });

  it("throws what is no success from orThrow alone", async () => {
    const { client: refusing } = scripted([json(404, { error: "none" })]);
    expect(await refusing.getBook({ params: { isbn: "1" } })).toMatchObject({ status: 404, body: { error: "none" } });
    const error = await refusing.orThrow.getBook({ params: { isbn: "1" } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ status: 404, body: { error: "none" } });
  });

  it.each([
    ["429 with a header", json(429, { error: "" }, { "retry-after": "0" }), 2],
    ["429 with a field", json(429, { error: "", retry_after_ms: 1 }), 2],
    ["429 with a date", json(429, { error: "" }, { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }), 2],
    ["429 that asks for too long a wait", json(429, { error: "", retry_after_ms: 60_001 }), 1],
    ["503", json(503, { error: "" }, { "retry-after": "0" }), 2],
    ["500", json(500, { error: "" }, { "retry-after": "0" }), 1],
  ])("repeats a GET after %s, or not", async (_, refusal, want) => {
    const { sent, client: patient } = scripted([refusal, json(200, {})]);
    await patient.ping();
    expect(sent).toHaveLength(want);
  });

  it("repeats a POST after 429 with its body, never after 503, and gives up after `retries`", async () => {
    const limited = scripted([json(429, { error: "" }, { "retry-after": "0" }), json(201, book)]);
    await limited.client.addBook({ body: book });
    expect(await limited.sent[1]?.json()).toEqual(book);
    const down = scripted([json(503, { error: "" }, { "retry-after": "0" })]);
    expect(await down.client.addBook({ body: book })).toMatchObject({ status: 503 });
    expect(down.sent).toHaveLength(1);
    const busy = scripted([json(429, { error: "" }, { "retry-after": "0" })], { retries: 3 });
    expect(await busy.client.ping()).toMatchObject({ status: 429 });
    expect(busy.sent).toHaveLength(4);
  });

  it("can be aborted while it waits, and times out", async () => {
    const controller = new AbortController();
    const { client: waiting } = scripted([
      () => {
        queueMicrotask(() => controller.abort(new Error("enough")));
        return json(429, { error: "", retry_after_ms: 20_000 })();
      },
    ]);
    await expect(waiting.ping({}, { signal: controller.signal })).rejects.toThrow("enough");
    const silent = client({
      timeoutMs: 1,
      fetch: (request) =>
        new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason))),
    });
    await expect(silent.ping()).rejects.toBeInstanceOf(TimedOut);
  });

  it("does not follow redirects", async () => {
    const { sent, client: led } = scripted([
      () => new Response(null, { status: 302, headers: { location: "http://elsewhere.test" } }),
    ]);
    expect(await led.page()).toMatchObject({ status: 302 });
    expect(sent.map(({ redirect }) => redirect)).toEqual(["manual"]);
  });

  it("sends the access token only where it is asked for, and where it should stand", async () => {
    const { sent, client: known } = scripted(
      [json(200, {}), json(201, {}), () => new Response(null, { status: 204 })],
      { accessToken: async () => "s3cret" },
    );
    await known.ping();
    await known.addBook({ body: book });
    await known.leave();
    expect(sent.map((request) => request.headers.get("authorization"))).toEqual([
      null,
      "Bearer s3cret",
      "Bearer s3cret",
    ]);
    const scheme = scripted([() => new Response(null, { status: 204 })], {
      accessToken: "a&b",
      accessTokenIn: "scheme",
    });
    await scheme.client.leave();
    expect([scheme.sent[0]?.url, scheme.sent[0]?.headers.get("authorization")]).toEqual([
      "http://library.test/v1/leave?access_token=a%26b",
      null,
    ]);
  });

  it("tells what the platform cannot send apart from a service that cannot be reached", async () => {
    const table: OperationTable = {
      ...operations,
      ping: { ...operations.ping, body: { required: true, content: { "text/plain": "text" } } },
    };
    const asked: Request[] = [];
    const fetch = async (request: Request) => {
      asked.push(request);
      return new Response();
    };
    const library = createClient<{ ping: Omit<Operations["ping"], "body"> & { body: string } }>(
      { operations: table, securitySchemes },
      { baseUrl: "http://library.test", fetch },
    );
    const error = await library.ping({ body: "secret" }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toBe("TypeError: ping cannot be sent: no GET with a body can be made here");
    expect(asked).toEqual([]);
  });

  it("never tells the token in an error", async () => {
    const failing = client({
      accessToken: "s3cret",
      accessTokenIn: "scheme",
      fetch: async (request) => {
        throw new TypeError(`cannot fetch ${request.url}`, { cause: new Error(request.url) });
      },
    });
    const error = await failing.leave().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unreachable);
    expect(error instanceof Error && `${error.message} ${error.stack} ${String(error.cause)}`).not.toContain("s3cret");
  });

  it("lets a call be signed over what is sent", async () => {
    const { sent, client: signing } = scripted([json(201, {})], {
      baseUrl: "http://library.test/mounted/",
      authorize: ({ method, target, body }) => ({ authorization: `Signed ${method} ${target} ${String(body)}` }),
    });
    await signing.addBook({ body: book });
    expect(sent[0]?.headers.get("authorization")).toBe(`Signed POST /mounted/v1/books ${JSON.stringify(book)}`);
  });

  it.each(["hush\nhush", "hush hush", "", "hushé"])(
    "never tells a token that no header can hold: %j",
    async (token) => {
      const error = await client({ accessToken: token })
        .leave()
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toBe("TypeError: leave cannot send this access token in a header");
    },
  );

  it.each(["...", "a/b", "?", "%2e"])("keeps %s inside its path segment", async (isbn) => {
    const { sent, client: plain } = scripted([json(200, { isbn })]);
    await plain.getBook({ params: { isbn } });
    expect(new URL(sent[0]?.url ?? "").pathname).toMatch(/^\/v1\/books\/[^/]+$/);
  });

  it("refuses what cannot be written", async () => {
    for (const isbn of ["", ".", ".."]) await expect(client().getBook({ params: { isbn } })).rejects.toThrow(/isbn/);
    expect(() => client({ baseUrl: "ftp://library.test" })).toThrow(/http/);
  });
});

/** In the order in which the handler of the library tells them. */
const reordered = ({
  isbn,
  page,
  ...rest
}: {
  isbn: string;
  page: number;
  exact?: boolean;
  weight?: number;
  tags?: string[];
  ids?: number[];
}) => {
  const { exact, weight, tags, ids } = rest;
  return {
    isbn,
    page: page === 0 ? 0 : page,
    exact,
    weight: weight === 0 ? 0 : weight,
    tags,
    ids: ids?.map((id) => (id === 0 ? 0 : id)),
  };
};

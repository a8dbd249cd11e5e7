import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawAnswer } from "../../../generator/seam/server.js";
import {
  type Admission,
  createServer,
  type Policy,
  type Problem,
  Unimplemented,
} from "../../../generator/seam/server.js";
import { handlers, type LibraryHandlers, type Operations, operations, requests, responses } from "./library.js";

const service = { operations, requests };
const server = createServer<Operations, unknown>(service, handlers);

interface Given {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

const raw = (method: string, target: string, { headers = {}, body }: Given = {}) => ({
  method,
  target,
  header: (name: string) => headers[name],
  body: () => (typeof body === "string" ? new TextEncoder().encode(body) : body),
  signal: new AbortController().signal,
});

const json = (answer: RawAnswer): unknown => (typeof answer.body === "string" ? JSON.parse(answer.body) : answer.body);

const asked = async (method: string, target: string, given?: Given) => {
  const answer = await server.answer(raw(method, target, given));
  return [answer.status, json(answer)];
};

const policed = (policy: Partial<Policy<Admission>>) =>
  createServer<Operations, Admission>(service, handlers, { admit: (admission) => admission, ...policy });

/** The problem that a request runs into. */
const problemOf = async (method: string, target: string, given?: Given, policy: Partial<Policy<Admission>> = {}) => {
  const problems: Problem[] = [];
  const watched = policed({ ...policy, observe: ({ problem }) => problem && problems.push(problem) });
  await watched.answer(raw(method, target, given));
  return problems[0];
};

const form = { "content-type": "application/x-www-form-urlencoded" };

describe("server", () => {
  it("answers at once where nothing has to wait", () => {
    expect(server.answer(raw("GET", "/v1/ping"))).toEqual({
      status: 200,
      headers: { "content-type": "application/json" },
      body: "{}",
    });
  });

  it.each([
    ["GET", "/v1/books/a%3Ab+c?page=2&exact=true&weight=1.5", {}, { isbn: "a:b+c", page: 2, exact: true, weight: 1.5 }],
    ["GET", "/v1/books/x?tags=a+b&tags=c%2Bd&ids=1,2", {}, { isbn: "x", page: 1, tags: ["a b", "c+d"], ids: [1, 2] }],
    ["GET", "/v1/books/x?ids=&page=-4", {}, { isbn: "x", page: -4, ids: [] }],
    ["GET", "/v1/books/x", { headers: { "x-trace": "t" } }, { isbn: "x", page: 1, trace: "t" }],
    ["GET", "http://library.test/v1/books/x?page=3", {}, { isbn: "x", page: 3 }],
    ["GET", "/v1/books/isvalid?isbn=1", {}, { valid: true }],
    ["POST", "/v1/rate", { body: "isbn=a+b&stars=5", headers: form }, { isbn: "a b", stars: 5 }],
    ["POST", "/v1/rate", { body: "isbn=a", headers: form }, { isbn: "a", stars: 3 }],
    ["POST", "/v1/rate", { body: "isbn=a" }, { isbn: "a", stars: 3 }],
    ["POST", "/v1/rate", { body: ' {"isbn":"a"}', headers: { "content-type": "text/plain" } }, { isbn: "a", stars: 0 }],
    [
      "POST",
      "/v1/rate?isbn=q",
      { body: "null", headers: { "content-type": "application/json" } },
      { isbn: "q", stars: 3 },
    ],
    ["POST", "/v1/rate?isbn=q", { body: "null", headers: { "content-type": "text/plain" } }, { isbn: "q", stars: 3 }],
    ["POST", "/v1/rate?isbn=q&stars=1", { body: "stars=5", headers: form }, { isbn: "q", stars: 5 }],
    ["POST", "/v1/rate?isbn=q", {}, { isbn: "q", stars: 3 }],
    ["POST", "/v1/invite", { body: '{"user_id":"a"}' }, { by: "user" }],
    ["POST", "/v1/invite", { body: '{"address":"a"}' }, { by: "address" }],
  ])("%s %s reaches its handler", async (method, target, given, want) => {
    expect(await asked(method, target, given)).toEqual([200, want]);
  });

  it.each<[string, string, Given, Partial<Problem>]>([
    ["GET", "/nothing", {}, { kind: "unknown-path" }],
    ["GET", "/v1/ping/", {}, { kind: "unknown-path" }],
    ["DELETE", "/v1/ping", {}, { kind: "wrong-method", allow: ["GET", "OPTIONS", "HEAD"] }],
    ["GET", "/v1/books/%zz", {}, { kind: "malformed", in: "path" }],
    ["GET", "/v1/books/%ff", {}, { kind: "malformed", in: "path" }],
    ["GET", "/v1/books/x?page=%", {}, { kind: "malformed", in: "query" }],
    ["GET", "/v1/books/x?page=1&page=2", {}, { kind: "repeated", name: "page" }],
    ["GET", "/v1/books/x?page=two", {}, { kind: "invalid", in: "query" }],
    ["GET", "/v1/books/x?page=1e3", {}, { kind: "invalid", in: "query" }],
    ["GET", "/v1/books/x?page=99999999999999999", {}, { kind: "invalid", in: "query" }],
    ["GET", "/v1/books/isvalid", {}, { kind: "missing", in: "query", name: "isbn" }],
    ["POST", "/v1/books", {}, { kind: "not-json" }],
    ["POST", "/v1/books", { body: "{" }, { kind: "not-json" }],
    ["POST", "/v1/books", { body: new Uint8Array([0x22, 0xff, 0x22]) }, { kind: "not-json" }],
    ["POST", "/v1/books", { body: "[]" }, { kind: "invalid", in: "body" }],
    ["POST", "/v1/books", { body: "{}" }, { kind: "missing", name: "title" }],
    ["POST", "/v1/books", { body: '{"title":"t","author":{}}' }, { kind: "missing", name: "author.name" }],
    ["POST", "/v1/books", { body: '{"title":"t","author":{"name":1}}' }, { kind: "invalid", in: "body" }],
    ["POST", "/v1/books", { body: "[".repeat(100_000) + "]".repeat(100_000) }, { kind: "too-deep" }],
    ["POST", "/v1/books", { body: `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}` }, { kind: "too-deep" }],
    ["POST", "/v1/invite", { body: "{}" }, { kind: "missing", name: "user_id" }],
    ["POST", "/v1/invite", { body: "nonsense" }, { kind: "not-json" }],
    ["POST", "/v1/rate", { body: "stars=1", headers: form }, { kind: "missing", in: "body", name: "isbn" }],
    ["POST", "/v1/rate", { body: "isbn=%", headers: form }, { kind: "malformed", in: "body" }],
    ["PUT", "/v1/cover", { body: "x", headers: { "content-type": "text/plain" } }, { kind: "unsupported-media-type" }],
    ["PUT", "/v1/cover", {}, { kind: "missing", in: "body" }],
  ])("%s %s with %j is a problem", async (method, target, given, want) => {
    expect(await problemOf(method, target, given)).toMatchObject(want);
  });

  it("takes a repeated key for a missing one where the policy says so", async () => {
    const policy = { repeatedQueryKey: () => "missing" as const };
    expect(await problemOf("GET", "/v1/books/x?page=1&page=2", {}, policy)).toBeUndefined();
    expect(await problemOf("GET", "/v1/books/isvalid?isbn=1&isbn=1", {}, policy)).toMatchObject({ kind: "missing" });
  });

  it("never lets __proto__ reach a handler", async () => {
    const seen: unknown[] = [];
    const nosy = createServer<Operations, unknown>(service, {
      ...handlers,
      addBook: ({ body }) => {
        seen.push(body, Object.assign({}, body));
        return { status: 201, body: { title: body.title }, headers: { location: "/" } };
      },
    });
    const body = '{"title":"t","author":{"name":"n","__proto__":{"admin":true}},"\\u005f_proto__":{"admin":true}}';
    await nosy.answer(raw("POST", "/v1/books", { body }));
    const clean = { title: "t", author: { name: "n" } };
    expect(seen).toEqual([clean, clean]);
    expect(Object.hasOwn(Object(seen[0]), "__proto__")).toBe(false);
  });

  it("goes through its steps in order, and admits before it reads", async () => {
    const steps: string[] = [];
    const refusing = policed({
      admit: () => {
        steps.push("admit");
        throw new Error("not you");
      },
    });
    const request = { ...raw("POST", "/v1/books"), body: () => void steps.push("read") };
    expect(await refusing.answer(request)).toMatchObject({ status: 500 });
    expect(steps).toEqual(["admit"]);
    expect(await refusing.answer(raw("GET", "/nothing"))).toMatchObject({ status: 404 });
    expect(steps).toEqual(["admit"]);
  });

  it("waits for admission and body, and tells the policy of everything that is thrown", async () => {
    const error = new Error("secret");
    const failing = createServer<Operations, number>(
      service,
      { ...handlers, ping: (_, context) => Promise.reject(context === 7 ? error : undefined) },
      {
        admit: async () => 7,
        problem: (problem) => ({ status: 418, headers: {}, body: JSON.stringify(problem.kind) }),
      },
    );
    expect(await failing.answer(raw("GET", "/v1/ping"))).toMatchObject({ status: 418, body: '"thrown"' });
    const unread = { ...raw("POST", "/v1/books"), body: () => Promise.reject(error) };
    expect(await failing.answer(unread)).toMatchObject({ status: 418 });
  });

  it("keeps what was thrown to itself", async () => {
    const failing = createServer<Operations, unknown>(service, {
      ...handlers,
      ping: () => {
        throw new Error("password");
      },
      leave: () => {
        throw new Unimplemented("leave");
      },
    });
    expect(JSON.stringify(await failing.answer(raw("GET", "/v1/ping")))).not.toContain("password");
    expect(await failing.answer(raw("POST", "/v1/leave"))).toMatchObject({ status: 501 });
  });

  it("answers plainly when the policy itself fails", async () => {
    const broken = policed({
      problem: () => {
        throw new Error("policy");
      },
      observe: () => {
        throw new Error("observer");
      },
    });
    expect(await broken.answer(raw("GET", "/nothing"))).toMatchObject({ status: 500 });
  });

  it("sets the policy's headers on every answer, and those for HTML on HTML", async () => {
    const dressed = policed({ headers: { "x-all": "1" }, htmlHeaders: { "x-html": "1" } });
    for (const [method, target] of [
      ["GET", "/v1/ping"],
      ["GET", "/nothing"],
      ["POST", "/v1/ping"],
      ["OPTIONS", "/v1/ping"],
    ] as const) {
      expect((await dressed.answer(raw(method, target))).headers).toMatchObject({ "x-all": "1" });
    }
    expect((await dressed.answer(raw("GET", "/v1/page"))).headers).toEqual({
      "x-all": "1",
      "x-html": "1",
      "content-type": "text/html; charset=utf-8",
    });
  });

  it("answers HEAD like GET without the body, and OPTIONS with the methods", async () => {
    expect(await server.answer(raw("HEAD", "/v1/ping"))).toEqual({
      status: 200,
      headers: { "content-type": "application/json" },
    });
    expect(await server.answer(raw("OPTIONS", "/v1/ping"))).toEqual({
      status: 204,
      headers: { allow: "GET, OPTIONS, HEAD" },
    });
    expect(await server.answer(raw("OPTIONS", "/nothing"))).toEqual({ status: 204, headers: {} });
  });

  it("takes no handlers that want another context than the policy makes", () => {
    const wanting: LibraryHandlers<{ readonly user: string }> = handlers;
    // @ts-expect-error a policy has to make the context
    createServer<Operations, { readonly user: string }>(service, wanting);
    // @ts-expect-error this policy makes another one
    createServer<Operations, { readonly user: string }>(service, wanting, { admit: () => ({ user: 1 }) });
    expect(
      createServer<Operations, { readonly user: string }>(service, wanting, { admit: () => ({ user: "a" }) }),
    ).toBeDefined();
  });

  it("checks answers against the document when asked to", async () => {
    const lying = createServer<Operations, unknown>(
      service,
      // Handlers that lie about their types are what this check is for.
      {
        ...handlers,
        isValid: (() => ({ status: 200, body: {} })) as never,
        ping: (() => ({ status: 299, body: {} })) as never,
      },
      undefined,
      { responses },
    );
    expect(await lying.answer(raw("GET", "/v1/books/isvalid?isbn=1"))).toMatchObject({ status: 500 });
    expect(await lying.answer(raw("GET", "/v1/ping"))).toMatchObject({ status: 500 });
    expect(await lying.answer(raw("GET", "/v1/books/1"))).toMatchObject({ status: 200 });
  });

  it("serves web requests, with a limit on their bodies", async () => {
    const small = policed({ maxBodyBytes: 64 });
    const post = (body: BodyInit) =>
      small.fetch(new Request("http://library.test/v1/books?x#y", { method: "POST", body }));
    const added = await post('{"title":"t","author":{"name":"n"}}');
    expect([added.status, added.headers.get("location"), await added.json()]).toEqual([
      201,
      "/v1/books/1",
      { title: "t" },
    ]);
    expect((await post("x".repeat(65))).status).toBe(413);
    const left = await small.fetch(new Request("http://library.test/v1/leave", { method: "POST" }));
    expect([left.status, await left.text()]).toEqual([204, ""]);
  });

  it.each([
    ["a header that HTTP cannot carry", { status: 200, body: {}, headers: { "x-lines": "a\r\nb: c" } }],
    ["a status that HTTP does not have", { status: 1000, body: {} }],
  ])("answers 500 over the web for %s", async (_what, answer) => {
    // What no compiler lets through may still come from a program without one.
    const ping = (() => answer) as never;
    const broken = createServer<Operations, Admission>(
      service,
      { ...handlers, ping },
      { admit: (admission) => admission, headers: { "x-policy": "kept" } },
    );
    const response = await broken.fetch(new Request("http://library.test/v1/ping"));
    expect([response.status, response.headers.get("x-policy")]).toEqual([500, "kept"]);
    expect(await response.json()).toEqual({ error: "the server failed to answer" });
  });

  it.each([
    ["/v1//ping", 404],
    ["//v1/ping", 404],
    ["/v1/ping/", 404],
    ["/v1/../v1/ping", 404],
    ["?", 404],
    ["", 404],
    ["*", 404],
    ["http://other.test", 404],
    ["http://other.test/v1/ping?x", 200],
    ["/v1/%70ing", 200],
    ["/v1/books/__proto__", 200],
    ["/v1/books/constructor?constructor=1&__proto__=2", 200],
    [`/v1/ping?${"a=b&".repeat(100_000)}`, 200],
    [`/${"a/".repeat(100_000)}`, 404],
  ])("understands the target %.40s", async (target, status) => {
    expect((await server.answer(raw("GET", target))).status).toBe(status);
  });

  it("answers every request whatever it holds", async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("%", "%c3%28", "__proto__", "=", "&&"),
    );
    const target = fc.oneof(
      text,
      fc.constantFrom("/v1/books/x?", "/v1/rate?", "/v1/books/").chain((start) => text.map((end) => start + end)),
    );
    const body = fc.oneof(
      fc.uint8Array(),
      fc.json().map((value) => new TextEncoder().encode(value)),
    );
    const contentType = fc.constantFrom(
      "",
      "application/json",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "%",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "PUT", "__proto__"),
        target,
        body,
        contentType,
        async (method, where, bytes, type) => {
          const answer = await server.answer(raw(method, where, { body: bytes, headers: { "content-type": type } }));
          expect(answer.status).toBeGreaterThanOrEqual(200);
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

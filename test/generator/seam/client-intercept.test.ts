/** What may stand around a call. */

import { describe, expect, it } from "vitest";
import {
  type CallOptions,
  type ClientOptions,
  createCaller,
  createClient,
  type Interceptor,
  isRefused,
  type OperationOf,
  Refused,
  UnexpectedAnswer,
} from "../../../generator/seam/client.js";
import { type Operations, operations, securitySchemes } from "./library.js";

const book = { title: "t", author: { name: "n" } };

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** A client whose service gives these answers in turn, and the requests it got. */
const scripted = (
  intercept: readonly Interceptor[],
  answers: readonly (() => Response)[],
  options: Partial<ClientOptions> = {},
) => {
  const sent: Request[] = [];
  const fetch = async (request: Request) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)];
    sent.push(request);
    return answer?.() ?? Response.error();
  };
  const client = createClient<Operations>(
    { operations, securitySchemes },
    { baseUrl: "http://library.test", fetch, intercept, ...options },
  );
  return { sent, client };
};

describe("interceptors", () => {
  it("stand around a call in their order, see what it is, and its whole answer once it was read", async () => {
    const told: unknown[] = [];
    const telling =
      (name: string): Interceptor =>
      async ({ operation, request, options, isRepeatable }, next) => {
        told.push([name, operation.id, operation.path, request.body, options, isRepeatable]);
        const { status, body, declaredHeaders } = await next();
        told.push([name, status, body, declaredHeaders]);
        return next();
      };
    const { client, sent } = scripted(
      [telling("outer"), async (_, next) => next(), telling("inner")],
      [json(429, { error: "" }, { "retry-after": "0" }), json(201, { title: "t" }, { location: "/1" })],
    );
    await client.addBook({ body: book }, { retries: 1 });
    const before = ["addBook", "/v1/books", book, { retries: 1 }, true];
    const after = [201, { title: "t" }, { location: "/1" }];
    // The inner one calls its next twice, and so does the outer one.
    expect(told.slice(0, 4)).toEqual([
      ["outer", ...before],
      ["inner", ...before.slice(0, 3), { retries: 1, headers: {} }, true],
      ["inner", ...after],
      ["outer", ...after],
    ]);
    expect(sent).toHaveLength(5);
  });

  it("add headers for one call, which go before those of the client however they are written", async () => {
    const { client, sent } = scripted(
      [(_, next) => next({ headers: { "x-trace": "new", "X-Own": "1" } })],
      [json(200, {})],
      {
        headers: { "X-Trace": "old", "X-Kept": "2" },
      },
    );
    await client.ping({}, { headers: { "x-OWN": "0" } });
    const [request] = sent;
    expect(["x-trace", "x-own", "x-kept"].map((name) => request?.headers.get(name))).toEqual(["new", "1", "2"]);
  });

  it("refresh a token and repeat the call once", async () => {
    let token = "stale";
    const refreshing: Interceptor = async ({ operation, isRepeatable }, next) => {
      const answer = await next();
      if (answer.status !== 401 || operation.auth === "none" || !isRepeatable) return answer;
      token = "fresh";
      return next();
    };
    const { client, sent } = scripted([refreshing], [json(401, { error: "" }), json(201, book)], {
      accessToken: () => token,
    });
    expect(await client.orThrow.addBook({ body: book })).toEqual(book);
    expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer stale", "Bearer fresh"]);
    expect(await sent[1]?.json()).toEqual(book);
  });

  it("change the options of a call, and nothing else of it", async () => {
    const more: CallOptions = { accessToken: "other", retries: 0 };
    const { client, sent } = scripted([(_, next) => next(more)], [json(429, { error: "" }, { "retry-after": "0" })]);
    expect(await client.addBook({ body: book })).toMatchObject({ status: 429 });
    expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer other"]);
  });

  it("see an answer that the document does not know as the error it is", async () => {
    const seen: unknown[] = [];
    const watching: Interceptor = (_, next) =>
      next().catch((error: unknown) => {
        seen.push(error);
        throw error;
      });
    const { client } = scripted([watching], [() => new Response("{", { status: 200 })]);
    await expect(client.ping()).rejects.toBeInstanceOf(UnexpectedAnswer);
    expect(seen).toHaveLength(1);
  });

  it("may answer without asking anybody", async () => {
    const { client, sent } = scripted(
      [async () => ({ status: 200, headers: new Headers(), declaredHeaders: {}, body: { cached: true } })],
      [],
    );
    expect(await client.ping()).toMatchObject({ status: 200, body: { cached: true } });
    expect(sent).toEqual([]);
  });

  it("cannot send a stream twice", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new Uint8Array(1));
        controller.close();
      },
    });
    const upload: OperationOf<Omit<Operations["upload"], "body"> & { body: ReadableStream }> = operations.upload;
    const repeatable: boolean[] = [];
    const twice: Interceptor = async ({ isRepeatable }, next) => {
      repeatable.push(isRepeatable);
      await next();
      return next();
    };
    const fetch = async (request: Request) => {
      await request.arrayBuffer();
      return new Response(new Uint8Array(1), { headers: { "content-type": "application/octet-stream" } });
    };
    const caller = createCaller({ securitySchemes }, { baseUrl: "http://library.test", fetch, intercept: [twice] });
    await expect(caller.call(upload, { body })).rejects.toThrow(
      new TypeError("upload cannot be sent again: its body is a stream"),
    );
    expect(repeatable).toEqual([false]);
  });
});

describe("refusals", () => {
  const getBook: OperationOf<Operations["getBook"]> = operations.getBook;
  const addBook: OperationOf<Operations["addBook"]> = operations.addBook;
  const fetch = async () => json(404, { error: "none" })();
  const caller = createCaller({ securitySchemes }, { baseUrl: "http://library.test", fetch });

  it("are told apart by operation, then by status, with the types of the document", async () => {
    const error = await caller.orThrow(getBook, { params: { isbn: "1" } }).catch((thrown: unknown) => thrown);
    expect(isRefused(addBook, error)).toBe(false);
    expect(isRefused(getBook, new Error("other"))).toBe(false);
    if (!isRefused(getBook, error)) throw new Error("it was refused");
    // @ts-expect-error a success is no refusal
    expect(error.answer.status === 200).toBe(false);
    const words: string | undefined = error.answer.status === 404 ? error.answer.body.error : undefined;
    expect([words, error.status, error instanceof Refused]).toEqual(["none", 404, true]);
  });

  it("are answers to whoever calls without throwing", async () => {
    const answer = await caller.call(getBook, { params: { isbn: "1" } });
    expect(answer.status === 404 ? answer.body.error : answer.status).toBe("none");
  });
});

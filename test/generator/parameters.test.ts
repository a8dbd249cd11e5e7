/** Every style of parameter, from the document over the wire and back. */

import { beforeAll, describe, expect, test } from "vitest";
import { operationData } from "../../generator/emit/operation-data.js";
import { parametersSchema } from "../../generator/emit/parts.js";
import { createClient } from "../../generator/seam/client.js";
import type { OperationTable } from "../../generator/seam/contract.js";
import { createServer } from "../../generator/seam/server.js";
import { type Loaded, load } from "./load/fixture.js";

type Parts = Partial<Record<"params" | "query" | "headers", object>>;

interface Anything {
  readonly params: object;
  readonly query: object;
  readonly headers: object;
  readonly body: undefined;
  readonly responses: { readonly 200: { readonly body: unknown; readonly headers: Record<never, never> } };
  readonly implicit: Record<never, never>;
}

let shapes: Loaded;
let operations: OperationTable;

beforeAll(async () => {
  shapes = await load("parameters");
  const data = shapes.model.operations.map((operation) => [operation.id, operationData(shapes.model, operation)]);
  operations = Object.fromEntries(data);
});

/** What a handler is given for a request, and the status of the answer. */
const received = async (target: string, headers: Record<string, string> = {}) => {
  const given: Parts[] = [];
  const handle = ({ params, query, headers: own }: Required<Parts>) => {
    given.push({ params, query, headers: own });
    return { status: 200 as const, body: undefined };
  };
  const handlers = Object.fromEntries(Object.keys(operations).map((name) => [name, handle]));
  const server = createServer<Record<string, Anything>, unknown>({ operations, requests: {} }, handlers);
  const { status } = await server.fetch(new Request(`http://shapes.test${target}`, { headers }));
  return { status, ...given[0] };
};

/** The request that the client makes of a call. */
const written = async (id: string, call: Parts): Promise<Request> => {
  const sent: Request[] = [];
  const fetch = async (request: Request) => {
    sent.push(request);
    return new Response(null, { status: 200 });
  };
  const client = createClient<Record<string, Anything>>(
    { operations, securitySchemes: {} },
    { baseUrl: "http://shapes.test", fetch },
  );
  await client[id]?.(call as Required<Parts>);
  const [request] = sent;
  if (request === undefined) throw new Error("nothing was sent");
  return request;
};

const color = { R: 100, G: 200 };

describe.each<[id: string, call: Parts, target: string]>([
  ["simple", { params: { one: 5, many: [1, 2], whole: color, each: color } }, "/simple/5/1,2/R,100,G,200/R=100,G=200"],
  [
    "label",
    { params: { one: 5, many: [1, 2], manyEach: [1, 2], whole: color, each: color } },
    "/label/.5/.1,2/.1.2/.R,100,G,200/.R=100.G=200",
  ],
  [
    "matrix",
    { params: { one: 5, many: [1, 2], manyEach: [1, 2], whole: color, each: color } },
    "/matrix/;one=5/;many=1,2/;manyEach=1;manyEach=2/;whole=R,100,G,200/;R=100;G=200",
  ],
  ["mixed", { params: { from: 5, to: "a-b/c", format: "d.e", id: "x:y" } }, "/mixed/5-a-b%2Fc.d.e/x%3Ay:undo"],
  ["query", { query: { each: color } }, "/query?R=100&G=200"],
  ["query", { query: { whole: color } }, "/query?whole=R%2C100%2CG%2C200"],
  ["query", { query: { many: [1, 2] } }, "/query?many=1&many=2"],
  ["query", { query: { joined: [1, 2] } }, "/query?joined=1%2C2"],
  ["query", { query: { spaced: [1, 2] } }, "/query?spaced=1%202"],
  ["query", { query: { piped: [1, 2] } }, "/query?piped=1%7C2"],
  ["query", { query: { pipedWhole: color } }, "/query?pipedWhole=R%7C100%7CG%7C200"],
  [
    "query",
    { query: { deep: { ...color, name: "a b" } } },
    "/query?deep%5BR%5D=100&deep%5BG%5D=200&deep%5Bname%5D=a%20b",
  ],
  ["query", { query: { next: "https://a.test/b?c=d&e+f#g" } }, "/query?next=https://a.test/b?c=d%26e%2Bf%23g"],
  ["query", { query: { verbose: "" } }, "/query?verbose="],
  ["query", { query: { verbose: true } }, "/query?verbose=true"],
  ["query", { query: { filter: color } }, "/query?filter=%7B%22R%22%3A100%2C%22G%22%3A200%7D"],
  ["fields", { query: { limit: 3, fields: { "a b": "1", limits: "x" } } }, "/fields?a%20b=1&limits=x&limit=3"],
  ["oldFields", { query: { limit: 3, fields: { network: "1" } } }, "/old/fields?network=1&limit=3"],
])("%s with %j", (id, call, target) => {
  test("is written as the style says", async () => {
    expect((await written(id, call)).url).toBe(`http://shapes.test${target}`);
  });

  test("is read back", async () => {
    expect(await received(target)).toEqual({ status: 200, params: {}, query: {}, headers: {}, ...call });
  });
});

describe("headers and cookies", () => {
  const call = {
    headers: { "X-Many": [1, 2], "X-Whole": color, "X-Each": color, session: "s1", sizes: [3, 4] },
  };
  // A comma ends a cookie's value for many readers, so a list of them is read, and never sent.
  const { sizes: _sizes, ...sendable } = call.headers;
  const lines = { "x-many": "1,2", "x-whole": "R,100,G,200", "x-each": "R=100,G=200" };

  test("are written", async () => {
    const { headers } = await written("headers", { headers: sendable });
    expect(Object.fromEntries(headers)).toMatchObject({ ...lines, cookie: "session=s1" });
  });

  test("are read", async () => {
    const sent = { ...lines, cookie: "session=s1; sizes=3,4" };
    expect(await received("/headers", sent)).toMatchObject({ status: 200, ...call });
  });
});

describe("what cannot be read or written", () => {
  test.each([
    ["label", "/label/5/.1/.1/.R,1/.R=1"],
    ["matrix", "/matrix/;two=5/;many=1/;manyEach=1/;whole=R,1/;R=1"],
    ["matrix", "/matrix/;one=5/;many=1/;manyEach=1;other=2/;whole=R,1/;R=1"],
  ])("%s refuses a path without its marks: %s", async (_style, target) => {
    expect((await received(target)).status).toBe(400);
  });

  test("text that would end a parameter of a segment before its time is not sent", async () => {
    const params = { from: 5, to: "a.b", format: "txt", id: "x" };
    await expect(written("mixed", { params })).rejects.toThrow(
      new TypeError("mixed cannot send 5-a.b.txt as {from}-{to}.{format} of its path: it would be read differently"),
    );
  });

  test("an object of any keys takes no credential, no other parameter, and no name of a prototype", async () => {
    const target = "/fields?access_token=secret&limit=1&__proto__=x&a=1";
    expect(await received(target)).toMatchObject({ query: { limit: 1, fields: { a: "1" } } });
    expect(Object.keys((await received(target)).query ?? {})).toEqual(["limit", "fields"]);
  });

  test("an object of known keys leaves others alone", async () => {
    expect(await received("/query?R=1&B=3")).toMatchObject({ query: { each: { R: 1 } } });
  });

  test("a member given twice is refused", async () => {
    expect((await received("/fields?a=1&a=2")).status).toBe(400);
  });

  test("an odd list of names and values is no object", async () => {
    expect(await received("/query?whole=R,1,G")).toMatchObject({ query: { whole: "R,1,G" } });
  });

  test.each<[id: string, call: Parts]>([
    ["fields", { query: { fields: { access_token: "mine" } } }],
    ["fields", { query: { fields: { limit: "mine" } } }],
    ["query", { query: { whole: { name: "a,b" } } }],
    ["matrix", { params: { one: 5, many: ["1,2"], manyEach: [1], whole: color, each: color } }],
    ["headers", { headers: { session: "a; b=c" } }],
  ])("%s cannot be called with %j", async (id, call) => {
    await expect(written(id, call)).rejects.toThrow(/cannot send/);
  });
});

test("the types of what a handler finds", () => {
  const schemaOf = (id: string) => parametersSchema(shapes.operation(id).parameters, "query")?.properties;
  expect(schemaOf("fields")).toMatchObject({ fields: { type: "object", additionalProperties: { type: "string" } } });
  expect(schemaOf("oldFields")).toMatchObject({
    fields: { type: "object", additionalProperties: { type: "string" }, description: "Whatever helps to find it." },
    limit: { anyOf: [{ type: "integer" }, { const: "" }] },
  });
});

/** Declared headers of answers, from the document over the wire and back. */

import { beforeAll, describe, expect, test } from "vitest";
import { operationData } from "../../generator/emit/operation-data.js";
import { emitOperations } from "../../generator/emit/operations.js";
import { createClient, UnexpectedAnswer } from "../../generator/seam/client.js";
import type { OperationTable } from "../../generator/seam/contract.js";
import { createServer } from "../../generator/seam/server.js";
import { type Loaded, load } from "./load/fixture.js";

type Nothing = Record<never, never>;
interface Color {
  R: number;
  G: number;
}

interface Declared {
  "x-count": number;
  "x-whole"?: Color;
  "x-each"?: Color;
  "x-sizes"?: number[];
  "x-fresh"?: boolean;
  "x-words"?: string[];
  "x-ratio"?: number;
}

interface Operations {
  answer: {
    params: Nothing;
    query: Nothing;
    headers: Nothing;
    body: undefined;
    responses: { 200: { body: undefined; headers: Declared } };
    implicit: Nothing;
  };
}

let loaded: Loaded;
let operations: OperationTable;
beforeAll(async () => {
  loaded = await load("parameters");
  operations = { answer: operationData(loaded.model, loaded.operation("answer")) };
});

const serving = (headers: Declared & Record<string, string | Declared[keyof Declared]>) =>
  createServer<Operations, unknown>({ operations, requests: {} }, { answer: () => ({ status: 200, headers }) });

const asked = (answer: () => Response | Promise<Response>, isChecked = false) =>
  createClient<Operations>(
    { operations, securitySchemes: {}, ...(isChecked ? { responses: {} } : {}) },
    { baseUrl: "http://shapes.test", fetch: async () => answer() },
  ).answer();

const color = { R: 100, G: 200 };
const request = new Request("http://shapes.test/answer");

describe("declared headers", () => {
  test("have the document's types, and lower-case names", async () => {
    const [{ text } = { text: "" }] = await emitOperations(loaded.model);
    expect(text.match(/"x-.+;/g)).toEqual([
      '"x-count": number;',
      '"x-whole"?: T.Color;',
      '"x-each"?: T.Color;',
      '"x-sizes"?: T.Numbers;',
      '"x-fresh"?: boolean;',
      '"x-words"?: string[];',
      '"x-ratio"?: number;',
    ]);
  });

  test("are written as their styles say, beside others", async () => {
    const { headers } = await serving({
      "x-count": 3,
      "x-whole": color,
      "x-each": color,
      "x-sizes": [1, 2],
      "x-fresh": false,
      "x-words": ["a", "b c"],
      "x-ratio": 0.5,
      "X-Other": "kept",
    }).fetch(request);
    expect(Object.fromEntries(headers)).toEqual({
      "x-count": "3",
      "x-whole": "R,100,G,200",
      "x-each": "R=100,G=200",
      "x-sizes": "1,2",
      "x-fresh": "false",
      "x-words": "a,b c",
      "x-ratio": "0.5",
      "x-other": "kept",
    });
  });

  test("are a fault of the server where nobody could read them back", async () => {
    expect((await serving({ "x-count": 1, "x-words": ["a,b"] }).fetch(request)).status).toBe(500);
  });

  test("are values to a caller, with the raw ones beside", async () => {
    const declared = { "x-count": 3, "x-whole": color, "x-each": color, "x-sizes": [1, 2], "x-fresh": true };
    const got = await asked(() => serving(declared).fetch(request), true);
    expect(got.declaredHeaders).toEqual(declared);
    const total: number = got.declaredHeaders["x-count"] + (got.declaredHeaders["x-sizes"]?.length ?? 0);
    expect([total, got.headers.get("X-Count")]).toEqual([5, "3"]);
  });

  test("may stand on several lines, with spaces around their commas", async () => {
    const lines = new Headers({ "x-count": "1", "x-sizes": "1 ,\t2" });
    lines.append("x-sizes", "3");
    const { declaredHeaders } = await asked(() => new Response(null, { headers: lines }), true);
    expect(declaredHeaders).toEqual({ "x-count": 1, "x-sizes": [1, 2, 3] });
  });

  test.each([
    [{}, "the header x-count is missing", {}],
    [{ "x-count": "many" }, "the header x-count is no integer", { "x-count": "many" }],
    [{ "x-count": "1.5" }, "the header x-count is no integer", { "x-count": "1.5" }],
    [{ "x-count": "1", "x-fresh": "yes" }, "the header x-fresh is no boolean", { "x-count": 1, "x-fresh": "yes" }],
    [
      { "x-count": "1", "x-sizes": "1,two" },
      "the header x-sizes is no list of integer",
      { "x-count": 1, "x-sizes": [1, "two"] },
    ],
    [{ "x-count": "1", "x-whole": "R,x" }, "the header x-whole is no object", { "x-count": 1, "x-whole": { R: "x" } }],
    [{ "x-count": "1", "x-whole": "R" }, "the header x-whole is no object", { "x-count": 1, "x-whole": "R" }],
    [{ "x-count": "1", "x-ratio": "0,5" }, "the header x-ratio is no number", { "x-count": 1, "x-ratio": "0,5" }],
  ])("%j are unexpected where answers are checked, and text where they are not", async (headers, why, lenient) => {
    const answer = () => new Response("so much", { headers });
    const error = await asked(answer, true).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedAnswer);
    expect(error).toMatchObject({ message: `answer was answered 200: ${why}`, status: 200, text: "so much" });
    expect((await asked(answer)).declaredHeaders).toEqual(lenient);
  });
});

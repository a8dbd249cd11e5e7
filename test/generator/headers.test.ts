/** Declared headers of answers, from the document over the wire and back. */

import { beforeAll, describe, expect, test } from "vitest";
import { operationData } from "../../generator/emit/operation-data.js";
import { emitOperations } from "../../generator/emit/operations.js";
import { liveChecks } from "../../generator/emit/validators.js";
import { createClient, UnexpectedAnswer } from "../../generator/seam/client.js";
import type { OperationTable, ResponseChecks } from "../../generator/seam/contract.js";
import { type Admission, createServer, openPolicy, type Problem, plainProblem } from "../../generator/seam/server.js";
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
  "x-grade"?: "good" | "bad";
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
let responses: Readonly<Record<string, ResponseChecks>>;
beforeAll(async () => {
  loaded = await load("parameters");
  operations = { answer: operationData(loaded.model, loaded.operation("answer")) };
  ({ responses } = liveChecks(loaded.model));
});

const serving = (headers: Declared & Record<string, string | Declared[keyof Declared]>) =>
  createServer<Operations, unknown>({ operations, requests: {} }, { answer: () => ({ status: 200, headers }) });

const asked = (answer: () => Response | Promise<Response>, isChecked = false) =>
  createClient<Operations>(
    { operations, securitySchemes: {}, ...(isChecked ? { responses } : {}) },
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
      '"x-grade"?: "good" | "bad";',
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
    [{ "x-count": "many" }, "the header x-count must be integer", { "x-count": "many" }],
    [{ "x-count": "1.5" }, "the header x-count must be integer", { "x-count": "1.5" }],
    [{ "x-count": "1", "x-fresh": "yes" }, "the header x-fresh must be boolean", { "x-count": 1, "x-fresh": "yes" }],
    [
      { "x-count": "1", "x-sizes": "1,two" },
      "the header x-sizes/1 must be integer",
      { "x-count": 1, "x-sizes": [1, "two"] },
    ],
    [
      { "x-count": "1", "x-whole": "R,x" },
      "the header x-whole/R must be integer",
      { "x-count": 1, "x-whole": { R: "x" } },
    ],
    [{ "x-count": "1", "x-whole": "R" }, "the header x-whole must be object", { "x-count": 1, "x-whole": "R" }],
    [{ "x-count": "1", "x-ratio": "0,5" }, "the header x-ratio must be number", { "x-count": 1, "x-ratio": "0,5" }],
    [{ "x-count": "1", "x-ratio": "0" }, "the header x-ratio must be > 0", { "x-count": 1, "x-ratio": 0 }],
    [
      { "x-count": "1", "x-grade": "so-so" },
      "the header x-grade must be good or bad",
      { "x-count": 1, "x-grade": "so-so" },
    ],
  ])("%j are unexpected where answers are checked, and text where they are not", async (headers, why, lenient) => {
    const answer = () => new Response("so much", { headers });
    const error = await asked(answer, true).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedAnswer);
    expect(error).toMatchObject({ message: `answer was answered 200: ${why}`, status: 200, text: "so much" });
    expect((await asked(answer)).declaredHeaders).toEqual(lenient);
  });

  test("that do not fit are a fault of the server where it checks its answers", async () => {
    const problems: Problem[] = [];
    const problem = (one: Problem) => {
      problems.push(one);
      return plainProblem(one);
    };
    // A handler that forgot its types.
    const headers: Record<string, never> = JSON.parse('{ "x-count": 1, "X-Ratio": 0 }');
    const handlers = { answer: () => ({ status: 200 as const, headers: { "x-count": 1, ...headers } }) };
    const statusOf = async (options: { responses?: typeof responses }): Promise<number> =>
      (
        await createServer<Operations, Admission>(
          { operations, requests: {} },
          handlers,
          { ...openPolicy, problem },
          options,
        ).fetch(request)
      ).status;
    expect([await statusOf({}), await statusOf({ responses })]).toEqual([200, 500]);
    expect(problems).toMatchObject([
      {
        kind: "undeclared-answer",
        status: 200,
        in: "headers",
        violation: { path: "/x-ratio", keyword: "exclusiveMinimum" },
      },
    ]);
  });
});

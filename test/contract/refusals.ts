/** What every operation does with requests that are not made as its document wants, and with the one that is. */

import { describe, expect, test } from "vitest";
import type { Body, Operation } from "../../generated/seam/contract.js";
import { type Contract, type Given, pairsOf, targetOf } from "./contract.js";
import type { Answered } from "./judge.js";
import type { Row } from "./rows.js";
import { badTexts, type Document, type DocumentOperation, type Spoiling, spoiled } from "./spoiled.js";
import type { World } from "./world.js";

/** How one of the two APIs says things. */
export interface Dialect {
  readonly missing: string;
  readonly noToken: string;
  readonly unknownToken: string;
}

export const identityDialect: Dialect = {
  missing: "M_MISSING_PARAMS",
  noToken: "M_UNAUTHORIZED",
  unknownToken: "M_UNAUTHORIZED",
};

export const homeserverDialect: Dialect = {
  missing: "M_MISSING_PARAM",
  noToken: "M_MISSING_TOKEN",
  unknownToken: "M_UNKNOWN_TOKEN",
};

export interface ServiceUnderTest<Id extends string> {
  readonly contract: (world: World) => Contract<Id>;
  readonly operations: Readonly<Record<Id, Operation>>;
  readonly document: Document;
  readonly rows: Readonly<Record<Id, Row>>;
  readonly dialect: Dialect;
}

interface Refused {
  readonly what: string;
  readonly given: Given;
  readonly status: number;
  readonly errcode: string;
}

const refused = (what: string, given: Given, status: number, errcode: string): Refused => ({
  what,
  given,
  status,
  errcode,
});

/** Liveness, versions and keys by their id cost nothing and tell nothing: these may be asked without end. */
export const isCounted = ({ auth, body, parameters }: Operation): boolean =>
  auth !== "none" || body !== null || parameters.some((parameter) => parameter.in === "query");

export const takesJson = (body: Body): boolean => Object.values(body.content).includes("json");

const takesForms = (body: Body): boolean => Object.values(body.content).includes("form");

const bodyRefusals = (
  body: Body,
  document: DocumentOperation,
  schemas: Document["schemas"],
  valid: Given,
  dialect: Dialect,
): Refused[] => {
  const { json, ...rest } = valid;
  if (!takesJson(body)) {
    const long = { ...valid, form: { ...valid.form, long: "a".repeat(600_000) } };
    return [refused("a form of 600 KB", long, 413, "M_TOO_LARGE")];
  }
  const codes: Readonly<Record<Spoiling, string>> = { missing: dialect.missing, invalid: "M_INVALID_PARAM" };
  const forms = takesForms(body);
  const noObject = ["[]", '"text"', "7", "true", ...(forms ? [] : ["null"])];
  return [
    ...['{"a":', "no JSON", "{'a':1}", "{} {}", "\u0000"].map((raw) =>
      refused(`body ${JSON.stringify(raw)}`, { ...rest, raw }, 400, "M_NOT_JSON"),
    ),
    refused("a body that is no UTF-8", { ...rest, raw: Uint8Array.of(0x7b, 0xff, 0x7d) }, 400, "M_NOT_JSON"),
    ...noObject.map((raw) => refused(`body ${raw}`, { ...rest, raw }, 400, "M_BAD_JSON")),
    refused(
      "a body that nests deeply",
      { ...rest, raw: `{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}` },
      400,
      "M_BAD_JSON",
    ),
    refused("a body of 600 KB", { ...rest, raw: JSON.stringify({ a: "a".repeat(600_000) }) }, 413, "M_TOO_LARGE"),
    ...(body.required && !forms ? [refused("no body", rest, 400, "M_NOT_JSON")] : []),
    ...(forms ? formRefusals(body, valid, dialect) : []),
    ...spoiled(document.body ?? {}, json, schemas).map(({ what, expects, value }) =>
      refused(what, { ...rest, json: value }, 400, codes[expects]),
    ),
  ];
};

/** On version 1: the same fields as a form, or in the query beside an empty body or `null`. */
const formRefusals = ({ fields = [] }: Body, { json, ...rest }: Given, { missing }: Dialect): Refused[] => {
  const entries = Object.entries(json ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  const required = fields.filter((field) => field.required).map(({ name }) => name);
  const without = (name: string) => Object.fromEntries(entries.filter(([other]) => other !== name));
  return required.flatMap((name) => [
    refused(`a form without ${name}`, { ...rest, form: without(name) }, 400, missing),
    refused(`a query without ${name} and no body`, { ...rest, query: without(name) }, 400, missing),
    refused(`a query without ${name} and the body null`, { ...rest, query: without(name), raw: "null" }, 400, missing),
    refused(
      `a query with ${name} twice and no body`,
      { ...rest, query: [...entries, ...entries.filter(([other]) => other === name)] },
      400,
      missing,
    ),
  ]);
};

const queryRefusals = (
  { path }: Operation,
  document: DocumentOperation,
  valid: Given,
  { missing }: Dialect,
): Refused[] => {
  const pairs = pairsOf(valid.query);
  const isV1 = path.includes("/api/v1");
  return document.parameters
    .filter((parameter) => parameter.in === "query")
    .flatMap((parameter) => {
      const { name, required } = parameter;
      const others = pairs.filter(([other]) => other !== name);
      const twice = [...pairs, ...pairs.filter(([other]) => other === name)];
      return [
        ...(required ? [refused(`without ?${name}`, { ...valid, query: others }, 400, missing)] : []),
        ...(required || !isV1
          ? [refused(`?${name} twice`, { ...valid, query: twice }, 400, isV1 ? missing : "M_INVALID_PARAM")]
          : []),
        ...badTexts(parameter).map((text) =>
          refused(
            `?${name}=${text.slice(0, 20)}`,
            { ...valid, query: [...others, [name, text] as const] },
            400,
            "M_INVALID_PARAM",
          ),
        ),
      ];
    });
};

/** Escapes that are none, wherever a value is read from. */
const escapeRefusals = ({ path, parameters }: Operation, valid: Given): Refused[] => {
  const bad = ["%", "%zz", "%E0%A4%A", "%FF"];
  const inPath = path.includes("{") ? bad.map((text) => path.replace(/\{[^{}]+\}/, text)) : [];
  const inQuery = parameters.some((parameter) => parameter.in === "query")
    ? bad.map((text) => `${path}?a=${text}`)
    : [];
  return [...inPath, ...inQuery].map((target) =>
    refused(`the target ${target}`, { ...valid, target }, 400, "M_INVALID_PARAM"),
  );
};

const tokenRefusals = ({ auth }: Operation, { token: _token, ...rest }: Given, dialect: Dialect): Refused[] => {
  if (auth === "none") return [];
  const { noToken, unknownToken } = dialect;
  const unknown = [
    refused("an unknown token", { ...rest, token: "nobodys" }, 401, unknownToken),
    refused(
      "an unknown token in the query",
      { ...rest, query: [...pairsOf(rest.query), ["access_token", "nobodys"]] },
      401,
      unknownToken,
    ),
  ];
  if (auth === "optional") return unknown;
  return [
    ...unknown,
    refused("no token", rest, 401, noToken),
    refused("an empty token", { ...rest, headers: { authorization: "Bearer " } }, 401, noToken),
    refused("another scheme", { ...rest, headers: { authorization: "Basic YTpi" } }, 401, noToken),
    refused(
      "two tokens in the query",
      { ...rest, query: [...pairsOf(rest.query), ["access_token", "a"], ["access_token", "b"]] },
      401,
      noToken,
    ),
  ];
};

/** The token comes first: whoever has none learns nothing about the body. */
const bothRefusals = (operation: Operation, { token: _token, ...rest }: Given, { noToken }: Dialect): Refused[] =>
  operation.auth === "required" && operation.body !== null
    ? [refused("neither token nor JSON", { ...rest, raw: "no JSON" }, 401, noToken)]
    : [];

const outcome = ({ status, errcode }: Answered) => ({ status, errcode });

/** One test per operation and kind of refusal: what is refused leaves the state alone, so the last request succeeds. */
export const describeOperations = <Id extends string>(service: ServiceUnderTest<Id>, world: () => World): void => {
  const { operations, document, rows, dialect } = service;
  const ids = Object.keys(operations) as Id[]; // the table's own keys

  test("every operation has a row", () => {
    expect(Object.keys(rows).sort()).toEqual([...ids].sort());
    expect([...document.operations.keys()].sort()).toEqual([...ids].sort());
  });

  describe.each(ids)("%s", (id) => {
    const operation = operations[id];
    const inDocument = document.operations.get(id) ?? { parameters: [], body: undefined };
    const contract = () => service.contract(world());

    test("is refused when it is not made as the document wants, then succeeds", async () => {
      const valid = await rows[id].prepare(world());
      const refusals = [
        ...(operation.body === null ? [] : bodyRefusals(operation.body, inDocument, document.schemas, valid, dialect)),
        ...queryRefusals(operation, inDocument, valid, dialect),
        ...escapeRefusals(operation, valid),
        ...tokenRefusals(operation, valid, dialect),
        ...bothRefusals(operation, valid, dialect),
      ];
      const got: unknown[] = [];
      for (const { what, given } of refusals) got.push({ what, ...outcome(await contract().call(id, given)) });
      expect(got).toEqual(refusals.map(({ what, status, errcode }) => ({ what, status, errcode })));
      const answered = await contract().call(id, valid);
      expect(answered.status, answered.text).toBe(rows[id].success);
    });

    test("takes unknown fields, and any content type where only JSON is known", async () => {
      const valid = await rows[id].prepare(world());
      if (operation.body === null || valid.json === undefined) return;
      const unknown = { ...valid, json: { ...valid.json, "org.example.unknown": { a: [1] } } };
      const type = takesForms(operation.body) ? "application/json; charset=utf-8" : "text/plain";
      const answered = await contract().call(id, { ...unknown, headers: { "content-type": type } });
      expect(answered.status, answered.text).toBe(rows[id].success);
    });

    test("takes the same as a form, and in the query, where forms are known", async () => {
      if (operation.body === null || !takesForms(operation.body) || !takesJson(operation.body)) return;
      for (const way of ["form", "query", "query beside null"]) {
        const { json, ...rest } = await rows[id].prepare(world());
        const fields = Object.fromEntries(Object.entries(json ?? {}).map(([name, value]) => [name, String(value)]));
        const given =
          way === "form" ? { form: fields } : { query: fields, ...(way === "query" ? {} : { raw: "null" }) };
        const answered = await contract().call(id, { ...rest, ...given });
        expect({ way, status: answered.status }).toEqual({ way, status: rows[id].success });
      }
    });

    test("tells when to come back, in both ways, to whoever asks too often", async () => {
      const valid = await rows[id].prepare(world());
      world().limit({ "request.ip": { points: 1, durationMs: 90_000 } });
      try {
        const first = await contract().call(id, valid);
        const second = await contract().call(id, valid);
        expect([first.status, second.status]).toEqual([rows[id].success, isCounted(operation) ? 429 : 200]);
        if (!isCounted(operation)) return;
        const wait = Number(second.body["retry_after_ms"]);
        expect(second.errcode).toBe("M_LIMIT_EXCEEDED");
        expect(wait).toBeGreaterThan(80_000);
        expect(second.headers["retry-after"]).toBe(String(Math.ceil(wait / 1000)));
      } finally {
        world().unlimit();
      }
    });

    test("another method is 405, OPTIONS runs no logic", async () => {
      const others = ["GET", "POST", "PUT", "DELETE", "PATCH"].filter(
        (method) =>
          !Object.values<Operation>(operations).some((it) => it.path === operation.path && it.method === method),
      );
      for (const method of others) {
        const { status, errcode } = await contract().call(id, { method, raw: "no JSON" });
        expect({ method, status, errcode }).toEqual({ method, status: 405, errcode: "M_UNRECOGNIZED" });
      }
      const preflight = await contract().send("OPTIONS", targetOf(operation, {}), { raw: "no JSON" });
      expect([200, 204]).toContain(preflight.status);
      expect(preflight.text).toBe("");
    });

    test("paths beside it are unknown", async () => {
      const target = targetOf(operation, { params: { keyId: "ed25519:0", authType: "m.login.dummy" } });
      const paths = Object.values<Operation>(operations).map(({ path }) => path);
      for (const beside of [`${target}/`, `/${target}`, `${target}/more/of/it`]) {
        if (paths.includes(beside)) continue;
        const { status, errcode } = await contract().send(operation.method, beside);
        expect({ beside, status, errcode }).toEqual({ beside, status: 404, errcode: "M_UNRECOGNIZED" });
      }
    });
  });
};

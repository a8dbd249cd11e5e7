/**
 * Requests that nobody meant, to every operation: bodies and queries near the document's schemas, damaged bytes, odd
 * headers. Whatever comes, the answer is one that the document knows, and the server does not fail.
 *
 * The seed is fixed, so that a run says the same today and tomorrow; FUZZ_SEED and FUZZ_RUNS look further.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations as identityOperations } from "../../generated/identity/index.js";
import type { Schema } from "../../generator/model/model.js";
import { mutations } from "../../generator/values/broken.js";
import { fitting } from "../support/schema-inputs.js";
import { type Contract, type Given, pairsOf } from "./contract.js";
import { eraR0, eraV3 } from "./eras.js";
import { alice } from "./journeys.js";
import { homeserverRows, identityRows, type Row } from "./rows.js";
import { federationRows } from "./rows-federation.js";
import { homeserverV3Rows } from "./rows-v3.js";
import { type Document, type DocumentOperation, fieldsOf, readDocument, type Schemas } from "./spoiled.js";
import { openWorld, type World } from "./world.js";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_260_102);
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 60);

let opened: World;
beforeAll(async () => {
  opened = await openWorld();
});
afterAll(() => opened.close());

const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom<unknown>(
    "",
    " ",
    "\u0000",
    "\ud800",
    "__proto__",
    "constructor",
    "a".repeat(5_000),
    "@:",
    "@a:b",
    "!a:b",
    "1e999",
    "%00",
    "'; drop table sessions; --",
    "m.login.password",
    "m.login.dummy",
    "m.login.msisdn",
    -0,
    2 ** 53,
    1e308,
    5e-324,
    null,
    [],
    {},
    [[]],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** Each field as it was in the request that succeeds, as the schema would have it, or anything. */
const bodyNear = (schema: Schema, valid: unknown, schemas: Schemas): fc.Arbitrary<unknown> => {
  const known =
    typeof valid === "object" && valid !== null ? new Map<string, unknown>(Object.entries(valid)) : new Map();
  const { properties } = fieldsOf(schema, schemas);
  const fields = properties.map(([name, field]) => {
    const usual = known.has(name) ? [{ arbitrary: fc.constant<unknown>(known.get(name)), weight: 6 }] : [];
    const near = { arbitrary: fitting(field, schemas), weight: 2 };
    return [name, fc.oneof(...usual, near, { arbitrary: strange, weight: 1 })] as const;
  });
  const whole = fc.record(Object.fromEntries([...fields, ["extra", strange]]));
  const dropped = fc.oneof(
    { arbitrary: fc.constant<string[]>([]), weight: 3 },
    fc.subarray(properties.map(([name]) => name)),
  );
  return fc
    .tuple(whole, dropped)
    .map(([body, names]) => Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name))));
};

const damaged = (body: fc.Arbitrary<unknown>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(body, fc.nat(), fc.uint8Array({ maxLength: 6 }), fc.nat({ max: 8 })).map(([value, place, bytes, cut]) => {
    const text = new TextEncoder().encode(JSON.stringify(value) ?? "");
    const at = text.length === 0 ? 0 : place % text.length;
    return Uint8Array.from([...text.subarray(0, at), ...bytes, ...text.subarray(at + cut)]);
  });

const headers = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=utf-16",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=a",
      "text/plain",
      "*/*",
      "a".repeat(3_000),
    ),
    authorization: fc.constantFrom(
      "Bearer",
      "Bearer a b",
      "bearer \u00e4",
      "X-Matrix",
      'X-Matrix origin="known.example",key="ed25519:k1",sig="AAAA"',
      `X-Matrix ${'a="\\'.repeat(900)}`,
    ),
    "x-forwarded-for": fc.string({ maxLength: 30 }),
    cookie: fc.string({ maxLength: 30 }),
  },
  { requiredKeys: [] },
);

const queryNear = (document: DocumentOperation, valid: Given): fc.Arbitrary<[string, string][]> => {
  const usual = pairsOf(valid.query);
  const names = [...document.parameters.map(({ name }) => name), "access_token", "user_id", "__proto__"];
  const odd = fc.tuple(fc.constantFrom(...names), strange.map(textOf));
  return fc.tuple(fc.subarray(usual), fc.array(odd, { maxLength: 3 })).map(([kept, added]) => [...kept, ...added]);
};

/** Half surrogates have no form in a URL; what a browser makes of them is sent. */
const wellFormed = (pairs: readonly (readonly [string, string])[]): [string, string][] =>
  pairs.map(([name, value]) => [name, Buffer.from(value).toString()]);

const formOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(wellFormed(Object.entries(Object(value)).map(([name, field]) => [name, textOf(field)])));

const requestNear = (document: DocumentOperation, schemas: Schemas, valid: Given): fc.Arbitrary<Given> => {
  const { json, form } = valid;
  const body = document.body === undefined ? fc.constant(undefined) : bodyNear(document.body, json ?? form, schemas);
  const asGiven = body.map((value): Given => (form === undefined ? { json: value } : { form: formOf(value) }));
  const content: fc.Arbitrary<Given> =
    document.body === undefined
      ? fc.constant({})
      : fc.oneof(
          { arbitrary: asGiven, weight: 5 },
          { arbitrary: damaged(body).map((raw): Given => ({ raw })), weight: 2 },
          { arbitrary: strange.map((value): Given => ({ raw: JSON.stringify(value) ?? "" })), weight: 1 },
        );
  const token = fc.oneof({ arbitrary: fc.constant(valid.token), weight: 8 }, fc.constantFrom(undefined, "nobodys"));
  const params = fc.dictionary(fc.constantFrom("keyId"), fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }));
  return fc
    .tuple(
      content,
      queryNear(document, valid),
      token,
      fc.oneof({ arbitrary: fc.constant({}), weight: 3 }, headers),
      params,
    )
    .map(
      ([given, query, chosen, more, inPath]): Given => ({
        ...given,
        query: wellFormed(query),
        token: chosen,
        headers: more,
        params: { ...valid.params, ...inPath },
        ...(valid.sign === undefined ? {} : { sign: valid.sign }),
      }),
    );
};

/** With a token that the identity server knows. */
const withRealToken = (row: Row): Row => ({
  ...row,
  prepare: async (world) => {
    const given = await row.prepare(world);
    const json = { ...(given.json as object), id_access_token: await world.issueToken(alice) }; // an object in all rows
    return { ...given, json };
  },
});

const describeFuzz = <Id extends string>(
  document: Document,
  rows: Readonly<Record<Id, Row>>,
  ids: readonly Id[],
  contractOf: (world: World) => Contract<Id>,
): void => {
  test.each(ids)("%s", async (id) => {
    const inDocument = document.operations.get(id) ?? { parameters: [], body: undefined };
    const contract = contractOf(opened);
    const valid = await rows[id].prepare(opened);
    // A form has nothing but texts in it: what is broken there is still a text.
    const { json, form } = valid;
    const isBroken = inDocument.body !== undefined && form === undefined;
    const broken = isBroken ? mutations(inDocument.body, json, document.schemas) : [];
    for (const { keyword, value } of broken) {
      const { status } = await contract.call(id, { ...valid, json: value });
      expect({ keyword, status }).toEqual({ keyword, status: 400 });
    }
    const statuses = new Set<number>();
    const property = fc.asyncProperty(requestNear(inDocument, document.schemas, valid), async (given) => {
      statuses.add((await contract.call(id, given)).status);
    });
    await fc.assert(property, { seed, numRuns });
    // Some of it must get as far as the handler, or nothing was tried.
    expect([...statuses]).toContain(200);
  });
};

describe("identity", () => {
  const ids = Object.keys(identityOperations) as (keyof typeof identityOperations)[]; // the table's own keys
  describeFuzz(readDocument("identity"), identityRows, ids, ({ identity }) => identity);
});

describe("client-server", () => {
  describeFuzz(eraR0.document, homeserverRows, eraR0.ids, ({ homeserver }) => homeserver);
});

describe("client-server-v3", () => {
  describeFuzz(eraV3.document, homeserverV3Rows, eraV3.ids, ({ v3 }) => v3.main);
});

describe("server-server", () => {
  const ids = Object.keys(federationRows) as (keyof typeof federationRows)[]; // the table's own keys
  describeFuzz(readDocument("server-server"), federationRows, ids, ({ federation }) => federation.main);
});

describe("client-server, asking an identity server", () => {
  const ids = [
    "requestTokenTo3PIDEmail",
    "requestTokenTo3PIDMSISDN",
    "requestTokenToRegisterEmail",
    "requestTokenToRegisterMSISDN",
  ] as const;
  const rows = Object.fromEntries(ids.map((id) => [id, withRealToken(homeserverRows[id])]));
  describeFuzz(eraR0.document, { ...homeserverRows, ...rows }, ids, ({ proxying }) => proxying);
});

test("paths nobody declared are unknown, whatever they hold", async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "_matrix",
      "identity",
      "v2",
      "api",
      "v1",
      "client",
      "r0",
      "3pid",
      "pubkey",
      "..",
      "",
      "%2e%2e",
      "%00",
      "%",
    ),
    fc.string({ maxLength: 12 }).map((text) => encodeURIComponent(Buffer.from(text).toString())),
  );
  const target = fc.tuple(fc.array(segment, { maxLength: 7 }), fc.constantFrom("", "?", "?%", "?a=b&&=&a", "#"));
  const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get");
  await fc.assert(
    fc.asyncProperty(method, target, async (verb, [segments, query]) => {
      for (const server of [opened.identity, opened.homeserver]) {
        const { status } = await server.send(verb, `/${segments.join("/")}${query}`);
        expect([200, 204, 400, 404, 405]).toContain(status);
      }
    }),
    { seed, numRuns: numRuns * 5 },
  );
});

test("nothing was logged as a failure", () => {
  expect(opened.log.filter((line) => line.startsWith("error"))).toEqual([]);
});

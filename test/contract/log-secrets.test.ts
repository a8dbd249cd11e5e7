/** Whatever is asked of both servers, and however it fails: at level debug no line of the log holds what is nobody's business. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as identity from "../../generated/identity/index.js";
import { Contract, type Given, pairsOf } from "./contract.js";
import { eraR0, eraV3 } from "./eras.js";
import { homeserverRows, identityRows } from "./rows.js";
import { federationRows } from "./rows-federation.js";
import { homeserverV3Rows } from "./rows-v3.js";
import { openWorld, type World } from "./world.js";

let world: World;
const secrets = new Set<string>();

const secretNames = new Set([
  ..."client_secret token access_token refresh_token id_access_token".split(" "),
  ..."password new_password private_key session".split(" "),
  ..."email address addresses phone_number msisdn threepids".split(" "),
]);

/** Short texts would be found in words by chance; so would the names of media. */
const isTelling = (text: string): boolean => text.length >= 6 && !["msisdn", "email"].includes(text);

const gather = (value: unknown, secret = false): void => {
  if (typeof value === "string" && secret && isTelling(value)) secrets.add(value);
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) gather(inner, secret || secretNames.has(name));
};

const gatherFrom = ({ json, form, query, token, headers }: Given): void => {
  for (const part of [json, form, { access_token: token }, { token: headers?.["authorization"] }]) gather(part);
  const pairs = pairsOf(query);
  for (const [name, value] of pairs) gather({ [name]: value });
  if (pairs.length > 0) secrets.add(new URLSearchParams(pairs).toString());
};

/** What looks like an address, a phone number, a header or a query, whoever it belongs to. */
const shapes = [/[\w.+-]+@[\w-]+\.\w/, /\d{9,}/, /Bearer|X-Matrix/i, /\?[\w.]+=/];

const leaks = (line: string): readonly string[] => {
  const [, level, words = ""] = /^(\w+) (.*)$/s.exec(line.replace(/"requestId":"[0-9a-f-]{36}"/, "")) ?? [];
  const named = [...secrets].filter((secret) => words.includes(secret));
  const shaped = shapes.filter((shape) => shape.test(words)).map(String);
  return [...named, ...shaped].map((what) => `${level} ${words} holds ${what}`);
};

/** Everything that is sent through a contract, the journeys' own requests included, is remembered with its answer. */
const { call } = Contract.prototype;
beforeAll(async () => {
  Contract.prototype.call = async function (this: Contract<string>, id: string, given: Given = {}) {
    gatherFrom(given);
    const answered = await call.call(this, id, given);
    gather(answered.body);
    return answered;
  };
  world = await openWorld();
});
afterAll(async () => {
  Contract.prototype.call = call;
  await world.close();
});

/** The request as it succeeds, and in ways that fail, with the same secrets in it. */
const variants = (given: Given): readonly Given[] => [
  given,
  { ...given, token: "an-unknown-token-of-a-stranger" },
  { ...given, token: undefined, query: [...pairsOf(given.query), ["access_token", "an-unknown-token-in-a-query"]] },
  { ...given, json: undefined, raw: `{"client_secret":"cut-off-secret","email":"cut-off@example.org` },
  {
    ...given,
    ...(given.json === undefined
      ? {}
      : { json: { ...(given.json as object), client_secret: "a-wrong-secret", token: "wrong-token" } }),
  },
];

const drive = async <Id extends string>(
  contract: Contract<Id>,
  rows: Readonly<Record<Id, { prepare(world: World): Given | Promise<Given> }>>,
): Promise<void> => {
  for (const id of Object.keys(rows) as Id[]) {
    // the table's own keys
    const given = await rows[id].prepare(world);
    for (const variant of variants(given)) await contract.call(id, variant).catch(() => undefined);
  }
};

describe("the log at level debug", () => {
  test("holds no secret and no address, whatever succeeds or fails", async () => {
    await drive(world.identity, identityRows);
    await drive(world.homeserver, homeserverRows);
    await drive(world.v3.main, homeserverV3Rows);
    await drive(world.federation.main, federationRows);
    world.mail.refuse = true;
    world.sms.status = 500;
    await drive(world.identity, identityRows).catch(() => undefined);
    for (const id of ["emailRequestTokenV2", "msisdnRequestTokenV2"] as const) {
      await world.identity.call(id, {
        ...(await identityRows[id].prepare(world)),
        token: await world.issueToken("@a:example.org"),
      });
    }
    world.mail.refuse = false;
    world.sms.status = 200;
    for (const [, { recipient }] of world.mail.received.entries()) secrets.add(recipient);

    const { log } = world;
    for (const operations of [
      identity.operations,
      eraR0.operations,
      eraV3.operations,
      world.federation.main.operations,
    ]) {
      for (const id of Object.keys(operations))
        expect(
          log.some((line) => line.includes(`"operation":"${id}"`)),
          id,
        ).toBe(true);
    }
    expect(log.filter((line) => line.startsWith("warn")).length).toBeGreaterThan(1);
    expect(secrets.size).toBeGreaterThan(200);
    expect(log.flatMap(leaks)).toEqual([]);
  });

  test("would not hide one from this test", () => {
    const [secret = ""] = secrets;
    for (const slip of [secret, "alice@example.org", "447400123456", "Bearer abc", "/path?token=1"]) {
      expect(leaks(`debug a slip {"field":"${slip}"}`)).not.toEqual([]);
    }
  });
});

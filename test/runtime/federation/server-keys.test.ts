import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AskHomeserver } from "../../../runtime/federation/homeserver-requests.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";
import { readPublishedKeys } from "../../../runtime/federation/published-keys.js";
import { serverKeys } from "../../../runtime/federation/server-keys.js";
import { type SigningKey, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson } from "../../../runtime/protocol/signed-json.js";
import { fakeClock, fakeLogger } from "../fakes.js";

const server = "hs.test";
const minute = 60_000;
const day = 24 * 60 * minute;
const now = Date.UTC(2026, 0, 2);
const seeded = (version: number): SigningKey => signingKeyOf(`ed25519:k${version}`, new Uint8Array(32).fill(version));
const [one, two] = [seeded(1), seeded(2)];
const entry = ({ keyId, publicKey }: SigningKey) => ({ [keyId]: { key: publicKey } });

const unsigned = { server_name: server, verify_keys: entry(one), old_verify_keys: {}, valid_until_ts: now + day };
const published = (changed: object = {}, ...signers: readonly SigningKey[]): string =>
  JSON.stringify(
    (signers.length === 0 ? [one] : signers).reduce((object, key) => signJson(object, server, key), {
      ...unsigned,
      ...changed,
    }),
  );

describe("published keys", () => {
  const keys = new Map([[one.keyId, one.publicKey]]);

  it.each([
    { what: "signed with the key they hold", text: published() },
    { what: "with older ones", text: published({ old_verify_keys: { "ed25519:old": { key: "x", expired_ts: 1 } } }) },
    {
      what: "beside what is no key",
      text: published({ verify_keys: { ...entry(one), "ed25519:x": { key: "short" } } }),
    },
    { what: "beside those of other algorithms", text: published({ verify_keys: { ...entry(one), "rsa:1": {} } }) },
    { what: "with fields of later versions", text: published({ more: { a: [1] } }) },
  ])("count, $what", ({ text }) => {
    expect(readPublishedKeys(text, server)).toEqual({ keys, validUntil: now + day });
  });

  it("count when one of several signs", () => {
    const text = published({ verify_keys: { ...entry(one), ...entry(two) } }, two);
    expect([...(readPublishedKeys(text, server)?.keys.keys() ?? [])]).toEqual([one.keyId, two.keyId]);
  });

  it("are sixteen at most", () => {
    const many = Array.from({ length: 40 }, (_, index) => seeded(index + 1));
    const text = published({ verify_keys: Object.assign({}, ...many.map(entry)) }, ...many);
    expect([...(readPublishedKeys(text, server)?.keys.values() ?? [])]).toEqual(
      many.slice(0, 16).map(({ publicKey }) => publicKey),
    );
  });

  const signed: Record<string, unknown> = JSON.parse(published());
  const forged = { [one.keyId]: Object.values(JSON.parse(published({}, two)).signatures[server])[0] };
  it.each([
    { what: "nobody signed", text: JSON.stringify(unsigned) },
    { what: "another key signed", text: published({}, two) },
    { what: "another server signed", text: JSON.stringify(signJson(unsigned, "other.test", one)) },
    { what: "were changed", text: JSON.stringify({ ...signed, valid_until_ts: now + 2 * day }) },
    { what: "are of another server", text: published({ server_name: "other.test" }) },
    { what: "are of a server in another case", text: published({ server_name: "HS.test" }) },
    { what: "one of two signed, and the other wrongly", text: twoSignatures(forged) },
    { what: "have no end", text: published({ valid_until_ts: null }) },
    { what: "end at no time", text: published({ valid_until_ts: "tomorrow" }) },
    { what: "are none", text: published({ verify_keys: {} }) },
    { what: "are no object", text: published({ verify_keys: [one.publicKey] }) },
    { what: "are no JSON", text: "<html>" },
    { what: "are null", text: "null" },
  ])("do not count when they $what", ({ text }) => {
    expect(readPublishedKeys(text, server)).toBeUndefined();
  });

  function twoSignatures(wrong: object): string {
    const both = { ...unsigned, verify_keys: { ...entry(one), ...entry(two) } };
    const { signatures } = signJson(both, server, two);
    return JSON.stringify({ ...both, signatures: { [server]: { ...signatures[server], ...wrong } } });
  }

  it("never count after any change to what is signed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(unsigned)), fc.jsonValue(), (field, value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(signed[field]));
        expect(readPublishedKeys(JSON.stringify({ ...signed, [field]: value }), server)).toBeUndefined();
      }),
    );
  });

  it("are read without harm whatever is there", () => {
    fc.assert(
      fc.property(fc.json(), fc.dictionary(fc.string(), fc.jsonValue()), (text, more) => {
        readPublishedKeys(text, server);
        readPublishedKeys(JSON.stringify({ ...signed, ...more, signatures: more }), server);
      }),
    );
  });
});

describe("the keys of a server", () => {
  /** A homeserver that answers with the text of the moment; undefined when it is down. */
  const serving = (answer: { text: string | undefined }) => {
    const clock = fakeClock(now);
    const asked: string[] = [];
    const ask: AskHomeserver = async (name, { method, target }) => {
      asked.push(`${name} ${method} ${target}`);
      if (answer.text === undefined) throw new OutgoingError("failed", "down");
      return new Response(answer.text);
    };
    const log = fakeLogger();
    const { publicKey } = serverKeys(ask, { clock, log });
    return { clock, asked, lines: log.lines, key: (keyId = one.keyId) => publicKey(server, keyId) };
  };

  it("are asked for once while they are valid, and again after", async () => {
    const { clock, asked, key } = serving({ text: published() });
    expect(await key()).toBe(one.publicKey);
    clock.advance(day - 1);
    expect(await key()).toBe(one.publicKey);
    expect(asked).toEqual(["hs.test GET /_matrix/key/v2/server"]);
    clock.advance(1);
    // What it publishes has ended, whatever it says now.
    expect(await key()).toBeUndefined();
    expect(asked.length).toBe(2);
  });

  it("are believed for seven days at most", async () => {
    const answer: { text: string | undefined } = { text: published({ valid_until_ts: now + 365 * day }) };
    const { clock, key } = serving(answer);
    expect(await key()).toBe(one.publicKey);
    answer.text = undefined;
    clock.advance(7 * day - 1);
    expect(await key()).toBe(one.publicKey);
    clock.advance(1);
    expect(await key()).toBeUndefined();
  });

  it("are asked for when a new one is used", async () => {
    const answer = { text: published() };
    const { clock, asked, key } = serving(answer);
    expect(await key()).toBe(one.publicKey);
    answer.text = published({ verify_keys: entry(two) }, two);
    clock.advance(minute);
    expect(await key(two.keyId)).toBe(two.publicKey);
    expect(asked.length).toBe(2);
    expect(await key(), "which replaces the one before").toBeUndefined();
  });

  it("are asked for once a minute at most, whoever makes one up, and a new one is found within that", async () => {
    const answer = { text: published() };
    const { clock, asked, key } = serving(answer);
    expect(await key()).toBe(one.publicKey);
    clock.advance(minute);
    for (let time = 2; time < 10; time += 1) {
      expect([await key("ed25519:made_up"), asked.length]).toEqual([undefined, time]);
      clock.advance(minute - 1);
      expect([await key("ed25519:made_up_too"), asked.length]).toEqual([undefined, time]);
      expect(await key()).toBe(one.publicKey);
      clock.advance(1);
    }
    answer.text = published({ verify_keys: entry(two) }, two);
    expect(await key(two.keyId)).toBe(two.publicKey);
  });

  it("are asked of a server that is down after a minute, and twice as long each time, up to ten", async () => {
    const answer: { text: string | undefined } = { text: undefined };
    const { clock, asked, key } = serving(answer);
    for (const [index, wait] of [1, 2, 4, 8, 10, 10].entries()) {
      expect([await key(), await key(), asked.length]).toEqual([undefined, undefined, index + 1]);
      clock.advance(wait * minute - 1);
      expect([await key(), asked.length]).toEqual([undefined, index + 1]);
      clock.advance(1);
    }
    answer.text = published();
    expect([await key(), asked.length]).toEqual([one.publicKey, 7]);
  });

  it.each([
    { text: undefined, reason: "down" },
    { text: "<html>", reason: "it did not answer with keys that it signed, or with too much" },
    {
      text: published({ verify_keys: entry(two) }),
      reason: "it did not answer with keys that it signed, or with too much",
    },
  ])("are told to the log when they cannot be had: $reason", async ({ text, reason }) => {
    const { key, lines } = serving({ text });
    expect(await key()).toBeUndefined();
    expect(lines).toEqual([`debug the keys of a homeserver cannot be had ${JSON.stringify({ server, reason })}`]);
  });

  it("survive that their server is down, while they are valid", async () => {
    const answer: { text: string | undefined } = { text: published() };
    const { clock, key } = serving(answer);
    expect(await key()).toBe(one.publicKey);
    answer.text = undefined;
    clock.advance(minute);
    expect([await key("ed25519:new"), await key()]).toEqual([undefined, one.publicKey]);
  });

  it("are asked for once by all who ask at the same time", async () => {
    const { asked, key } = serving({ text: published() });
    expect(await Promise.all([key(), key(), key("ed25519:other")])).toEqual([one.publicKey, one.publicKey, undefined]);
    expect(asked.length).toBe(1);
  });
});

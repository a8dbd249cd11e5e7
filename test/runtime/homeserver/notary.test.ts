import { describe, expect, it } from "vitest";
import { notary } from "../../../runtime/homeserver/domain/notary.js";
import { publishedKeys } from "../../../runtime/homeserver/domain/published-keys.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson, verifyJson } from "../../../runtime/protocol/signed-json.js";
import { fakeClock, fakeLimiter } from "../fakes.js";

const serverName = "example.org";
const seed = new Uint8Array(32).fill(1);
const { keyId, publicKey } = signingKeyOf("ed25519:1", seed);
const theirKey = signingKeyOf("ed25519:x", new Uint8Array(32).fill(2));
const published = (server: string) => signJson({ server_name: server, valid_until_ts: 1 }, server, theirKey);

const asking = () => {
  const clock = fakeClock();
  const limiter = fakeLimiter();
  const asked: string[] = [];
  const costs: unknown[] = [];
  const keys = publishedKeys({
    signingKeys: { all: async () => [{ keyId, seed, publicKey, createdAt: 0, retiredAt: undefined }] },
    clock,
    serverName,
  });
  const { query } = notary({
    publishedKeys: keys,
    keyDocuments: {
      last: async (name, validUntil) => {
        asked.push(`${name} ${validUntil - clock.now()}`);
        return name === "down.test" ? undefined : published(name);
      },
    },
    limiter: {
      consume: (scope, key, cost) => {
        costs.push(cost);
        return limiter.consume(scope, key, cost);
      },
    },
    clock,
    serverName,
  });
  const ask = (...servers: readonly (readonly [string, number | undefined])[]) =>
    query({ servers: new Map(servers), clientIp: "192.0.2.1" });
  return { ask, asked, clock, costs, limiter, keys };
};

describe("a notary", () => {
  it("adds its signature to what a server says of itself", async () => {
    const [document = {}, ...others] = await asking().ask(["other.test", undefined]);
    expect(others).toEqual([]);
    expect(verifyJson(document, "other.test", theirKey.keyId, theirKey.publicKey)).toBe(true);
    expect(verifyJson(document, serverName, keyId, publicKey)).toBe(true);
  });

  it("answers for itself without asking anybody, or counting", async () => {
    const { ask, asked, keys, limiter } = asking();
    expect(await ask([serverName, undefined])).toEqual([await keys.document()]);
    expect(asked).toEqual([]);
    limiter.refused.add("keys.ip");
    await expect(ask(["other.test", undefined])).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED" });
  });

  it("leaves out who cannot be asked, and what is no name of a server", async () => {
    const { ask, asked } = asking();
    const found = await ask(["down.test", undefined], ["no server", 5], ["other.test:8448", undefined]);
    expect(found.map((document) => document["server_name"])).toEqual(["other.test:8448"]);
    expect(asked).toEqual(["down.test 0", "other.test:8448 0"]);
  });

  it("wants keys that hold as long as is asked for, and now at least", async () => {
    const { ask, asked, clock } = asking();
    await ask(["one.test", clock.now() + 5], ["two.test", 1], ["three.test", undefined]);
    expect(asked).toEqual(["one.test 5", "two.test 0", "three.test 0"]);
  });

  it("asks at most a hundred servers at once, and counts each", async () => {
    const { ask, costs, limiter } = asking();
    const many = (count: number) => Array.from({ length: count }, (_, index) => [`s${index}.test`, undefined] as const);
    expect((await ask(...many(100))).length).toBe(100);
    expect([limiter.counted, costs]).toEqual([["keys.ip 192.0.2.1"], [100]]);
    await expect(ask(...many(101))).rejects.toMatchObject({ errcode: "M_INVALID_PARAM" });
    expect(await ask()).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openKeyring } from "../../../runtime/identity/keyring.js";
import { newSeed, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { type TestServer, testServer } from "./identity-server.js";

describe("keys", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  it("answers pings on both versions", async () => {
    expect(await server.client.ping()).toMatchObject({ status: 200, body: {} });
    expect(await server.client.pingV2()).toMatchObject({ status: 200, body: {} });
  });

  it.each(["getPubKey", "getPubKeyV2"] as const)("%s answers the key of an id, and no other", async (operation) => {
    const { keyId, publicKey } = server.keyring.signingKey;
    expect(await server.client[operation]({ params: { keyId } })).toMatchObject({
      status: 200,
      body: { public_key: publicKey },
    });
    for (const unknown of ["ed25519:1", "ed25519", "__proto__", "isvalid:0"]) {
      expect(await server.client[operation]({ params: { keyId: unknown } })).toMatchObject({
        status: 404,
        body: { errcode: "M_NOT_FOUND" },
      });
    }
  });

  it.each(["isPubKeyValid", "isPubKeyValidV2"] as const)("%s knows our key in every spelling", async (operation) => {
    const { publicKey } = server.keyring.signingKey;
    const isValid = async (public_key: string) =>
      (await server.client.orThrow[operation]({ query: { public_key } })).valid;
    expect(await isValid(publicKey)).toBe(true);
    expect(await isValid(`${publicKey}=`)).toBe(true);
    expect(await isValid(publicKey.replaceAll("+", "-").replaceAll("/", "_"))).toBe(true);
    expect(await isValid(signingKeyOf("ed25519:x", newSeed(systemRandom)).publicKey)).toBe(false);
    expect(await isValid("no key at all")).toBe(false);
    expect(await isValid("")).toBe(false);
  });

  it("takes a plus sign that arrived as a space for what it was", async () => {
    const { signingKeys } = server.storage;
    let key = signingKeyOf("ed25519:plus", newSeed(systemRandom));
    let seed = newSeed(systemRandom);
    while (!key.publicKey.includes("+")) {
      seed = newSeed(systemRandom);
      key = signingKeyOf("ed25519:plus", seed);
    }
    await signingKeys.rotate({ keyId: key.keyId, seed, publicKey: key.publicKey, createdAt: 2, retiredAt: undefined });
    const keyring = await openKeyring({ signingKeys, random: systemRandom, clock: server });
    expect(keyring.holds(key.publicKey.replaceAll("+", " "))).toBe(true);
  });

  it("keeps its key from start to start, and retired keys checkable", async () => {
    const { signingKeys } = server.storage;
    const ports = { signingKeys, random: systemRandom, clock: server };
    const first = server.keyring.signingKey;
    expect((await openKeyring(ports)).signingKey.publicKey).toBe(first.publicKey);
    const seed = newSeed(systemRandom);
    const next = signingKeyOf("ed25519:next", seed);
    await signingKeys.rotate({
      keyId: next.keyId,
      seed,
      publicKey: next.publicKey,
      createdAt: 2,
      retiredAt: undefined,
    });
    const rotated = await openKeyring(ports);
    expect(rotated.signingKey.keyId).toBe("ed25519:next");
    expect(rotated.publicKey(first.keyId)).toBe(first.publicKey);
    expect(rotated.holds(first.publicKey)).toBe(true);
    expect(rotated.holds(next.publicKey)).toBe(true);
  });
});

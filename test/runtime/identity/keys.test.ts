import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newSeed, type SigningKey, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { openKeyring } from "../../../runtime/signing/keyring.js";
import { serverName, type TestServer, testServer, validatedSession } from "./identity-server.js";

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

  describe("rotated by another process while the server runs", () => {
    const alice = "@alice:example.org";

    /** Writes to the same storage, and tells the running server nothing. */
    const rotate = async (keyId: string): Promise<SigningKey> => {
      const seed = newSeed(systemRandom);
      const key = signingKeyOf(keyId, seed);
      const { publicKey } = key;
      await server.storage.signingKeys.rotate({
        keyId,
        seed,
        publicKey,
        createdAt: server.now(),
        retiredAt: undefined,
      });
      return key;
    };

    const bind = async (email: string) => {
      const session = await validatedSession(server, email, "secret");
      return server.client.orThrow.bind({ body: { ...session, mxid: alice } });
    };

    it("signs with the new key at once, and what the old one signed still verifies by what is published", async () => {
      const old = server.keyring.signingKey;
      const before = await bind("before@example.org");
      const next = await rotate("ed25519:1");
      const after = await bind("after@example.org");
      expect(Object.keys(before.signatures[serverName] ?? {})).toEqual([old.keyId]);
      expect(Object.keys(after.signatures[serverName] ?? {})).toEqual([next.keyId]);
      for (const [association, keyId] of [
        [before, old.keyId],
        [after, next.keyId],
      ] as const) {
        const { public_key } = await server.client.orThrow.getPubKeyV2({ params: { keyId } });
        expect(verifyJson(association, serverName, keyId, public_key)).toBe(true);
        expect(await server.client.orThrow.isPubKeyValidV2({ query: { public_key } })).toEqual({ valid: true });
      }
      expect(verifyJson(after, serverName, next.keyId, old.publicKey)).toBe(false);
      const query = { medium: "email", address: "before@example.org" };
      expect((await server.client.orThrow.lookupUser({ query })).signatures).toEqual(before.signatures);
    });

    it("answers for a key that it has not signed with yet", async () => {
      const { keyId, publicKey } = await rotate("ed25519:1");
      expect(await server.client.isPubKeyValidV2({ query: { public_key: publicKey } })).toMatchObject({
        body: { valid: true },
      });
      const { publicKey: third } = await rotate("ed25519:2");
      expect(await server.client.getPubKeyV2({ params: { keyId: "ed25519:2" } })).toMatchObject({
        body: { public_key: third },
      });
      expect(await server.client.getPubKeyV2({ params: { keyId } })).toMatchObject({ body: { public_key: publicKey } });
    });

    it("gives out invites with the new key", async () => {
      const next = await rotate("ed25519:1");
      const body = { medium: "email", address: "new@example.org", room_id: "!room:example.org", sender: alice };
      expect(await server.client.orThrow.storeInvite({ body })).toMatchObject({
        public_key: next.publicKey,
        public_keys: [{ public_key: next.publicKey }, {}],
      });
    });
  });
});

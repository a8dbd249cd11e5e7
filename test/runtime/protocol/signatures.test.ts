import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { privateKeyOf, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson, verifyJson } from "../../../runtime/protocol/signed-json.js";
import { decodeBase64, encodeBase64, encodeBase64Url } from "../../../runtime/protocol/unpadded-base64.js";
import { signing, unpaddedBase64 } from "./known-answers.js";

const key = signingKeyOf(signing.keyId, decodeBase64(signing.seed) ?? new Uint8Array());

describe("unpadded base64", () => {
  it.each(unpaddedBase64)("spells %j as %j", (text, base64) => {
    expect(encodeBase64(Buffer.from(text))).toBe(base64);
    expect(Buffer.from(decodeBase64(base64) ?? []).toString()).toBe(text);
  });

  it("reads either alphabet, padded or not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const padded = Buffer.from(bytes).toString("base64");
        for (const text of [encodeBase64(bytes), encodeBase64Url(bytes), padded])
          expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AAAAA", "Zg=", "Zg===", "Z g", "Zg\n", "+_AA", "Zm9v=", "=", "é"])("refuses %j", (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe("any object", () => {
  const json = fc.dictionary(
    fc.string({ unit: "binary" }).filter((name) => name !== "signatures" && name !== "unsigned"),
    fc.oneof(fc.string({ unit: "binary" }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
  );
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const plain = (of: object): Record<string, unknown> => ({ ...of }); // fast-check makes some without a prototype

  it("verifies once it is signed, by this key and under this name alone, whatever else signs it", () => {
    fc.assert(
      fc.property(json, seed, seed, (given, one, other) => {
        const [first, second] = [signingKeyOf("ed25519:1", one), signingKeyOf("ed25519:1", other)];
        const signed = signJson(signJson(plain(given), "a.test", first), "b.test", second);
        expect(verifyJson(signed, "a.test", "ed25519:1", first.publicKey)).toBe(true);
        expect(verifyJson(signed, "b.test", "ed25519:1", second.publicKey)).toBe(true);
        const same = first.publicKey === second.publicKey;
        expect(verifyJson(signed, "a.test", "ed25519:1", second.publicKey)).toBe(same);
        expect(verifyJson(JSON.parse(JSON.stringify(signed)), "a.test", "ed25519:1", first.publicKey)).toBe(true);
      }),
    );
  });

  it("verifies no longer once anything of it changed", () => {
    fc.assert(
      fc.property(json, fc.string({ unit: "binary" }), fc.string(), seed, (given, name, value, bytes) => {
        fc.pre(name !== "signatures" && name !== "unsigned" && given[name] !== value);
        const signer = signingKeyOf("ed25519:1", bytes);
        const signed = signJson(plain(given), "a.test", signer);
        const changed = { ...signed, [name]: value };
        expect(verifyJson(changed, "a.test", "ed25519:1", signer.publicKey)).toBe(false);
        for (const removed of Object.keys(given)) {
          const { [removed]: _, ...less } = signed;
          expect(verifyJson(less, "a.test", "ed25519:1", signer.publicKey)).toBe(false);
        }
      }),
    );
  });
});

describe("signed JSON", () => {
  it("derives the public key of a seed", () => {
    expect(key.publicKey).toBe(signing.publicKey);
    expect(() => privateKeyOf(new Uint8Array(31))).toThrow(RangeError);
  });

  it.each(signing.cases)("signs $json as the specification does", ({ json, signature }) => {
    const signed = signJson(json, signing.entity, key);
    expect(signed).toEqual({ ...json, signatures: { domain: { "ed25519:1": signature } } });
    expect(verifyJson(signed, signing.entity, signing.keyId, signing.publicKey)).toBe(true);
  });

  it("adds to the signatures there are and leaves unsigned alone", () => {
    const given = {
      a: 1,
      unsigned: { age: 0.5 },
      signatures: { other: { "ed25519:x": "sig" }, domain: { "ed25519:old": "sig" } },
    };
    const signed = signJson(given, "domain", key);
    expect(signed.unsigned).toEqual({ age: 0.5 });
    expect(Object.keys(signed.signatures["domain"] ?? {})).toEqual(["ed25519:old", "ed25519:1"]);
    expect(signed.signatures["other"]).toEqual({ "ed25519:x": "sig" });
    expect(given.signatures.domain).toEqual({ "ed25519:old": "sig" });
    expect(verifyJson({ ...signed, unsigned: { age: 7 } }, "domain", "ed25519:1", key.publicKey)).toBe(true);
  });

  const signed = signJson({ mxid: "@alice:example.org", token: "abc123" }, "domain", key);
  const signature = signed.signatures["domain"]?.["ed25519:1"] ?? "";
  const withSignature = (text: unknown) => ({ ...signed, signatures: { domain: { "ed25519:1": text } } });

  it.each([
    ["as signed", signed, true],
    ["with a padded signature", withSignature(`${signature}==`), true],
    ["with a changed field", { ...signed, token: "abc124" }, false],
    ["with an added field", { ...signed, extra: null }, false],
    ["with a field that has no canonical spelling", { ...signed, extra: 0.5 }, false],
    ["without signatures", { mxid: "@alice:example.org", token: "abc123" }, false],
    ["with another entity's signature", { ...signed, signatures: { other: signed.signatures["domain"] } }, false],
    ["with a signature that is no text", withSignature(1), false],
    ["with a short signature", withSignature("AAAA"), false],
    ["with signatures that are none", { ...signed, signatures: [] }, false],
  ])("verifies %s: %#", (_, object, want) => {
    expect(verifyJson(object, "domain", "ed25519:1", key.publicKey)).toBe(want);
  });

  it.each([
    ["an unknown algorithm", "domain", "rsa:1", key.publicKey],
    ["an unknown key id", "domain", "ed25519:2", key.publicKey],
    ["an inherited name for entity", "__proto__", "ed25519:1", key.publicKey],
    ["a malformed public key", "domain", "ed25519:1", "AAAA"],
    ["another public key", "domain", "ed25519:1", signingKeyOf("ed25519:1", new Uint8Array(32)).publicKey],
  ])("does not verify with %s", (_, entity, keyId, publicKey) => {
    expect(verifyJson(signed, entity, keyId, publicKey)).toBe(false);
  });
});

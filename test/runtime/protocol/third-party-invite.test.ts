import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../runtime/protocol/canonical-json.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson } from "../../../runtime/protocol/signed-json.js";
import {
  inviteContent,
  inviteDisplayName,
  inviteKeys,
  readSignedInvite,
  signedWith,
  signersOf,
} from "../../../runtime/protocol/third-party-invite.js";

const keyOf = (fill: number) => signingKeyOf("ed25519:1", new Uint8Array(32).fill(fill));
const key = keyOf(1);
const other = keyOf(2);
const idServer = "id.example.org";
const isValid = "https://id.example.org/_matrix/identity/v2/pubkey/isvalid";

/** As it comes over the wire. */
const wire = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject; // JSON.parse answers JSON

const block = wire(signJson({ mxid: "@bob:two.test", token: "tok_1", sender: "@alice:one.test" }, idServer, key));

const verify = (value: JsonValue, publicKey = key.publicKey): JsonObject | undefined => {
  const read = readSignedInvite(value);
  return read === undefined ? undefined : signedWith(read, publicKey);
};

describe("the keys of a pending invite", () => {
  const first = { publicKey: key.publicKey, validityUrl: isValid };
  const second = {
    publicKey: other.publicKey.replaceAll("+", "-").replaceAll("/", "_"),
    validityUrl: `${isValid}?a=1`,
  };

  it("are written for servers that know one key, and for those that know many", () => {
    const content = inviteContent("bob@...", [first, second]);
    expect(content).toEqual({
      display_name: "bob@...",
      key_validity_url: isValid,
      public_key: key.publicKey,
      public_keys: [
        { public_key: first.publicKey, key_validity_url: first.validityUrl },
        { public_key: second.publicKey, key_validity_url: second.validityUrl },
      ],
    });
    expect(inviteKeys(content)).toEqual([first, second]);
    expect(inviteDisplayName(content)).toBe("bob@...");
  });

  it.each<{ what: string; content: JsonObject; want: unknown[] }>([
    { what: "a revoked invite", content: {}, want: [] },
    { what: "one key", content: { public_key: key.publicKey, key_validity_url: isValid }, want: [first] },
    {
      what: "a key that nobody is asked about",
      content: { public_keys: [{ public_key: key.publicKey }] },
      want: [{ publicKey: key.publicKey }],
    },
    {
      what: "one key by two URLs",
      content: { ...inviteContent("", [first]), key_validity_url: "https://other.test" },
      want: [first, { ...first, validityUrl: "https://other.test" }],
    },
    { what: "a key that is none", content: { public_key: "AAAA", key_validity_url: isValid }, want: [] },
    {
      what: "a URL that is none",
      content: { public_key: key.publicKey, key_validity_url: "javascript:alert(1)" },
      want: [],
    },
    {
      what: "a URL that is no text",
      content: { public_keys: [{ public_key: key.publicKey, key_validity_url: 1 }] },
      want: [],
    },
    { what: "lists of something else", content: { public_keys: [null, 1, "x", [key.publicKey]] }, want: [] },
    { what: "no list", content: { public_keys: { public_key: key.publicKey } }, want: [] },
  ])("are read from $what", ({ content, want }) => {
    expect(inviteKeys(content)).toEqual(want);
  });

  it("are no more than anybody would list honestly", () => {
    const keys = Array.from({ length: 1000 }, (_, i) => ({
      publicKey: keyOf(i % 250).publicKey,
      validityUrl: isValid,
    }));
    expect(inviteKeys(inviteContent("", keys)).length).toBeLessThanOrEqual(17);
  });
});

describe("a signed block", () => {
  it("verifies by the key that signed it, whatever fields it has, and by no other", () => {
    expect(verify(block)).toEqual(block);
    expect(verify(block, other.publicKey)).toBeUndefined();
    expect(verify(block, "no key")).toBeUndefined();
  });

  it("verifies by a key in either alphabet", () => {
    expect(verify(block, key.publicKey.replaceAll("+", "-").replaceAll("/", "_"))).toEqual(block);
  });

  it("verifies under the one name and key ID that are wanted", () => {
    const read = readSignedInvite(block);
    if (read === undefined) throw new Error("the block cannot be read");
    expect(signersOf(read)).toEqual([[idServer, "ed25519:1"]]);
    expect(signedWith(read, key.publicKey, [idServer, "ed25519:1"])).toEqual(block);
    expect(signedWith(read, key.publicKey, ["evil.example", "ed25519:1"])).toBeUndefined();
    expect(signedWith(read, key.publicKey, [idServer, "ed25519:2"])).toBeUndefined();
    expect(signedWith(read, key.publicKey, ["__proto__", "constructor"])).toBeUndefined();
  });

  it("loses what nobody signed", () => {
    const signatures = { ...Object(block["signatures"]), "evil.example": { "ed25519:1": "AAAA" } };
    expect(verify({ ...block, signatures, unsigned: { age: 1 } })).toEqual(block);
  });

  it.each<{ what: string; value: JsonValue | undefined }>([
    { what: "nothing", value: undefined },
    { what: "a list", value: [block] },
    { what: "no user", value: { ...block, mxid: "bob" } },
    { what: "no token", value: { ...block, token: null } },
    { what: "a token with a slash", value: { ...block, token: "a/b" } },
    { what: "no signatures", value: { mxid: "@bob:two.test", token: "tok_1" } },
    { what: "signatures that are none", value: { ...block, signatures: { [idServer]: "x" } } },
    { what: "a signature that is none", value: { ...block, signatures: { [idServer]: { "ed25519:1": 1 } } } },
    {
      what: "many signatures",
      value: {
        ...block,
        signatures: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.test`, { "ed25519:1": "x" }])),
      },
    },
    { what: "a long field", value: { ...block, more: "x".repeat(5000) } },
    { what: "a fraction", value: { ...block, more: 0.5 } },
    { what: "half a surrogate pair", value: { ...block, more: "\ud800" } },
  ])("is not read from $what", ({ value }) => {
    expect(readSignedInvite(value)).toBeUndefined();
  });
});

/** Names and key IDs say where a key may be found, and are covered by no signature: everything else is. */
const covered = ({ signatures, ...fields }: JsonObject) => ({
  fields,
  signatures: Object.values(Object(signatures)).flatMap((keys) => Object.values(Object(keys))),
});

describe("no mutation of a signed block passes", () => {
  const text = JSON.stringify(block);
  const at = fc.nat(text.length - 1);

  /** Either it is refused, or what comes out of it is what was signed. */
  const mustNotPass = (mutated: string): void => {
    let value: JsonValue;
    try {
      value = JSON.parse(mutated) as JsonValue; // JSON.parse answers JSON
    } catch {
      return;
    }
    const verified = verify(value);
    if (verified !== undefined) expect(covered(verified)).toEqual(covered(block));
  };

  it("of a character", () => {
    const character = fc.oneof(
      fc.string({ unit: "binary", minLength: 0, maxLength: 2 }),
      fc.constantFrom(...'0A_-+/="@:.{}'),
    );
    fc.assert(
      fc.property(at, character, (i, instead) => mustNotPass(text.slice(0, i) + instead + text.slice(i + 1))),
      { numRuns: 2000 },
    );
  });

  it("of a stretch", () => {
    fc.assert(fc.property(at, at, at, (i, j, k) => mustNotPass(text.slice(0, i) + text.slice(j, k) + text.slice(j))));
  });

  it("of a field", () => {
    const fields = fc.constantFrom("mxid", "token", "sender", "more");
    fc.assert(
      fc.property(fields, fc.jsonValue(), (field, value) => {
        fc.pre(JSON.stringify(block[field]) !== JSON.stringify(value));
        expect(verify(wire({ ...block, [field]: value }))).toBeUndefined();
        const { [field]: gone, ...less } = block;
        if (gone !== undefined) expect(verify(less)).toBeUndefined();
      }),
    );
  });

  it("of a bit of the signature", () => {
    const [signature = ""] = covered(block).signatures.map(String);
    fc.assert(
      fc.property(fc.nat(63), fc.nat(7), (byte, bit) => {
        const bytes = Buffer.from(signature, "base64");
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
        const flipped = bytes.toString("base64").replace(/=+$/, "");
        expect(verify({ ...block, signatures: { [idServer]: { "ed25519:1": flipped } } })).toBeUndefined();
      }),
    );
  });
});

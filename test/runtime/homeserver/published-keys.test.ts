import { expect, it } from "vitest";
import { readPublishedKeys } from "../../../runtime/federation/published-keys.js";
import { publishedKeys } from "../../../runtime/homeserver/domain/published-keys.js";
import type { StoredSigningKey } from "../../../runtime/ports/signing-keys.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson, verifyJson } from "../../../runtime/protocol/signed-json.js";
import { fakeClock } from "../fakes.js";

const serverName = "example.org";
const hour = 3_600_000;
const now = Date.UTC(2026, 0, 2, 3, 4, 5);

const stored = (version: number, retiredAt?: number): StoredSigningKey => {
  const seed = new Uint8Array(32).fill(version);
  const { keyId, publicKey } = signingKeyOf(`ed25519:${version}`, seed);
  return { keyId, seed, publicKey, createdAt: version, retiredAt };
};
const [old, current, next] = [stored(0, now - 1), stored(1), stored(2)];

const publishing = (...keys: readonly StoredSigningKey[]) => {
  const clock = fakeClock(now);
  const held = { keys };
  return { clock, held, ...publishedKeys({ signingKeys: { all: async () => held.keys }, clock, serverName }) };
};

it("are what other servers read, signed with each that is in use, the old ones beside them", async () => {
  const document = await publishing(current, old).document();
  expect(document).toMatchObject({
    server_name: serverName,
    verify_keys: { "ed25519:1": { key: current.publicKey } },
    old_verify_keys: { "ed25519:0": { key: old.publicKey, expired_ts: now - 1 } },
  });
  expect(Object.keys(document.signatures[serverName] ?? {})).toEqual(["ed25519:1"]);
  const read = readPublishedKeys(JSON.stringify(document), serverName);
  expect(read?.keys).toEqual(new Map([["ed25519:1", current.publicKey]]));
});

it("hold for a day and less than an hour more, whenever they are asked for", async () => {
  const { clock, document } = publishing(current);
  for (const wait of [0, hour / 2, hour, 100 * hour]) {
    clock.advance(wait);
    const left = (await document()).valid_until_ts - clock.now();
    expect(left).toBeGreaterThanOrEqual(24 * hour);
    expect(left).toBeLessThan(25 * hour);
  }
});

it("are signed once in an hour, and anew at once when they were rotated", async () => {
  const { clock, held, document } = publishing(current);
  const first = await document();
  clock.advance(hour / 4);
  expect(await document()).toBe(first);
  held.keys = [next, { ...current, retiredAt: clock.now() }];
  const second = await document();
  expect(Object.keys(second.verify_keys)).toEqual(["ed25519:2"]);
  expect(second.old_verify_keys).toEqual({ "ed25519:1": { key: current.publicKey, expired_ts: clock.now() } });
  expect(verifyJson(second, serverName, "ed25519:2", next.publicKey)).toBe(true);
});

it("add their signature to what others signed, and keep the others' as they are", async () => {
  const theirs = signJson({ server_name: "other.test" }, "other.test", signingKeyOf("ed25519:x", next.seed));
  const both = await publishing(current, old).cosigned(theirs);
  expect(both.signatures["other.test"]).toEqual(theirs.signatures["other.test"]);
  expect(verifyJson(both, serverName, "ed25519:1", current.publicKey)).toBe(true);
  expect(verifyJson(both, "other.test", "ed25519:x", next.publicKey)).toBe(true);
});

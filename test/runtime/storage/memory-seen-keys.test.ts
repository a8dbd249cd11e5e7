import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { memorySeenKeys } from "../../../runtime/storage/memory-seen-keys.js";

const keys = (count: number): Uint8Array[] => Array.from({ length: count }, () => randomBytes(32));

it("knows what a requester asked for, and nothing of what others did", () => {
  const seen = memorySeenKeys(systemRandom, 10_000);
  const [first, second] = [keys(100), keys(100)];
  expect(seen.unseen("@a:example.org", first)).toEqual(first);
  seen.remember("@a:example.org", first);
  expect(seen.unseen("@a:example.org", [...first, ...second])).toEqual(second);
  expect(seen.unseen("@b:example.org", first)).toEqual(first);
});

it("keeps nearly all of what it has room for", () => {
  const seen = memorySeenKeys(systemRandom, 10_000);
  const half = keys(5_000);
  seen.remember("@a:example.org", half);
  expect(seen.unseen("@a:example.org", half).length).toBeLessThan(250);
});

it("forgets the old for the new, and takes no more room and no longer for it", () => {
  const seen = memorySeenKeys(systemRandom, 1_000);
  const [old, late] = [keys(1_000), keys(20_000)];
  seen.remember("@a:example.org", old);
  seen.remember("@b:example.org", late);
  expect(seen.unseen("@a:example.org", old).length).toBeGreaterThan(900);
  // Prints of 32 bits take a few of 20,000 others for what they are not, once in a long while.
  expect(20_000 - seen.unseen("@b:example.org", late).length).toBeLessThanOrEqual(1_010);
});

it("takes keys that begin alike for what they are: as one, when 64 bits are the same", () => {
  const seen = memorySeenKeys(systemRandom, 1_000);
  const key = new Uint8Array(32).fill(7);
  const alike = new Uint8Array(32).fill(7, 0, 8);
  const other = new Uint8Array(32).fill(7, 0, 7);
  seen.remember("@a:example.org", [key]);
  expect(seen.unseen("@a:example.org", [alike, other])).toEqual([other]);
});

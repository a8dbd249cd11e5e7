import { hash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { doubted, lookupTable } from "../../../runtime/storage/lookup-table.js";

const random = { bytes: (count: number) => randomBytes(count) };

const digest = (text: string): Buffer => hash("sha256", text, "buffer");

type Step =
  | { readonly kind: "set"; readonly key: number; readonly mxid: string }
  | { readonly kind: "gone" | "doubt"; readonly key: number }
  | { readonly kind: "clear" };

const key = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), key, mxid: fc.string({ maxLength: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("gone" as const, "doubt" as const), key }) },
  { weight: 1, arbitrary: fc.constant({ kind: "clear" as const }) },
);

describe("a table of lookups", () => {
  it("says what a map says, whatever was set, doubted and cleared", () => {
    fc.assert(
      // Half of all hashes begin alike, so that they share a shelf and have to be laid out anew.
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.array(fc.uint8Array({ minLength: 13, maxLength: 13 }), { minLength: 41, maxLength: 41 }),
        (steps, made) => {
          const hashes = made.map((bytes, i) =>
            Uint8Array.of(bytes[0] === undefined ? 0 : bytes[0] % 2, ...bytes.subarray(1, 12), i),
          );
          const hashOf = (number: number): Uint8Array => hashes[number] ?? new Uint8Array();
          const table = lookupTable(random);
          const model = new Map<number, string | typeof doubted>();
          for (const it of steps) {
            if (it.kind === "clear") {
              table.clear();
              model.clear();
            } else if (it.kind === "set") {
              table.set(hashOf(it.key), it.mxid);
              model.set(it.key, it.mxid);
            } else if (it.kind === "gone") {
              table.set(hashOf(it.key), undefined);
              model.delete(it.key);
            } else {
              table.doubt(hashOf(it.key));
              model.set(it.key, doubted);
            }
          }
          for (const number of hashes.keys()) expect(table.find(hashOf(number))).toBe(model.get(number));
        },
      ),
    );
  });

  it("holds many in a memory that follows their number, and forgets none when it grows", () => {
    const table = lookupTable(random);
    const count = 60_000;
    for (let i = 0; i < count; i++) table.set(digest(`${i}`), `@user${i}:example.org`);
    for (let i = 0; i < count; i++) expect(table.find(digest(`${i}`))).toBe(`@user${i}:example.org`);
    for (let i = 0; i < 1_000; i++) expect(table.find(digest(`nobody${i}`))).toBeUndefined();
    expect(table.size().bytes / count).toBeLessThan(85);
    table.clear();
    expect(table.find(digest("7"))).toBeUndefined();
    expect(table.size().bytes).toBeLessThan(100_000);
  });

  it("keeps names of any length over many pages", () => {
    const table = lookupTable(random);
    const nameOf = (i: number): string => "n".repeat(i % 256);
    for (let i = 0; i < 4_096; i++) table.set(digest(`${i}`), nameOf(i));
    for (let i = 0; i < 4_096; i++) expect(table.find(digest(`${i}`))).toBe(nameOf(i));
    for (const length of [250, 251, 252, 253, 254, 255]) {
      const pages = lookupTable(random);
      const count = Math.ceil(65_536 / (length + 1)) + 2;
      for (let i = 0; i < count; i++) pages.set(digest(`${i}`), `${i}`.padEnd(length, "x"));
      for (let i = 0; i < count; i++) expect(pages.find(digest(`${i}`))).toBe(`${i}`.padEnd(length, "x"));
    }
  });

  it("tells hashes apart that share their first twelve bytes", () => {
    const table = lookupTable(random);
    const like = (last: number): Uint8Array => Uint8Array.of(...digest("alike").subarray(0, 12), last);
    table.set(like(1), "@one:example.org");
    expect(table.find(like(2))).toBeUndefined();
    expect(table.find(like(1))).toBe("@one:example.org");
  });

  it("doubts what is too long to be held, and keeps what is not of ASCII", () => {
    const table = lookupTable(random);
    table.set(digest("long"), `@${"é".repeat(127)}:`);
    expect(table.find(digest("long"))).toBe(doubted);
    table.set(digest("short"), `@${"é".repeat(126)}:`);
    expect(table.find(digest("short"))).toBe(`@${"é".repeat(126)}:`);
  });

  it("knows how much of it is taken by what was replaced", () => {
    const table = lookupTable(random);
    table.set(digest("a"), "12345");
    expect(table.size().wasted).toBe(0);
    table.set(digest("a"), "123456789");
    expect(table.size().wasted).toBe(6);
    table.doubt(digest("a"));
    expect(table.size().wasted).toBe(16);
    table.clear();
    expect(table.size().wasted).toBe(0);
  });
});

import { hash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LookupTable, lookupTable } from "../../../runtime/storage/lookup-table.js";

const random = { bytes: (count: number) => randomBytes(count) };

const doubted = "read elsewhere";

/** One at a time. */
const find = (table: LookupTable, hash: Uint8Array): string | undefined => table.find([hash], () => doubted)[0];

const digest = (text: string): Buffer => hash("sha256", text, "buffer");

type Step =
  | { readonly kind: "set"; readonly key: number; readonly mxid: string }
  | { readonly kind: "gone" | "doubt"; readonly key: number };

const key = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), key, mxid: fc.string({ maxLength: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("gone" as const, "doubt" as const), key }) },
);

describe("a table of lookups", () => {
  it("says what a map says, whatever was set and doubted", () => {
    fc.assert(
      // There is hardly more room than for all of them: their ways cross.
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.array(fc.uint8Array({ minLength: 12, maxLength: 12 }), { minLength: 41, maxLength: 41 }),
        (steps, made) => {
          // Nearly alike: each has a byte of its own, one in its first word, the next in its second or third.
          const hashes = made.map((bytes, i) => bytes.map((byte, at) => (at === i % 12 ? i + 2 : byte % 2)));
          const hashOf = (number: number): Uint8Array => hashes[number] ?? new Uint8Array();
          const table = lookupTable(random, 30);
          const model = new Map<number, string | undefined>();
          for (const it of steps) {
            const hash = hashOf(it.key);
            const value = it.kind === "set" ? it.mxid : it.kind === "doubt" ? doubted : undefined;
            expect(it.kind === "doubt" ? table.doubt(hash) : table.set(hash, value)).toBe(true);
            model.set(it.key, value);
          }
          const asked: Uint8Array[] = [];
          const said = table.find(hashes, (hash) => {
            asked.push(hash);
            return doubted;
          });
          expect(said).toEqual(hashes.map((_, number) => model.get(number)));
          expect(asked).toEqual(hashes.filter((_, number) => model.get(number) === doubted));
          // What was learned elsewhere is known now.
          expect(table.find(hashes, () => "asked again")).toEqual(said);
        },
      ),
    );
  });

  it("holds more than it was made for, in a memory that follows their number, until it is full", () => {
    const count = 60_000;
    const table = lookupTable(random, count);
    let held = 0;
    while (table.set(digest(`${held}`), `@user${held}:example.org`)) held++;
    expect(held).toBe(Math.floor(count * 1.4));
    expect(table.size()).toMatchObject({ hashes: held, wasted: 0 });
    expect(table.size().bytes / count).toBeLessThan(75);
    expect(table.doubt(digest("one more"))).toBe(false);
    const hashes = Array.from({ length: held + 1_000 }, (_, i) => digest(`${i}`));
    expect(table.find(hashes, () => doubted)).toEqual(
      hashes.map((_, i) => (i < held ? `@user${i}:example.org` : undefined)),
    );
    // What it knows of can still be replaced.
    expect(table.doubt(digest("7"))).toBe(true);
    expect(table.set(digest("8"), undefined)).toBe(true);
    expect(["7", "8"].map((it) => find(table, digest(it)))).toEqual([doubted, undefined]);
  });

  it("keeps names of any length over many pages", () => {
    for (const length of [0, 1, 128, 250, 251, 252, 253, 254, 255]) {
      const count = Math.ceil(2 ** 20 / (length + 1)) + 2;
      const some = Math.min(count, 9_000);
      const table = lookupTable(random, some);
      const nameOf = (i: number): string => `${i}`.slice(0, length).padEnd(length, "x");
      for (let i = 0; i < some; i++) table.set(digest(`${i}`), nameOf(i));
      const hashes = Array.from({ length: some }, (_, i) => digest(`${i}`));
      expect(table.find(hashes, () => doubted)).toEqual(hashes.map((_, i) => nameOf(i)));
    }
  });

  it("tells hashes apart that differ in one of their first twelve bytes", () => {
    const hash = digest("alike");
    const others = Array.from({ length: 12 }, (_, at) => hash.map((byte, i) => (i === at ? byte ^ 0x80 : byte)));
    // So little room that all ways cross.
    const table = lookupTable(random, 10);
    table.set(hash, "@one:example.org");
    expect(table.find([...others, hash], () => doubted)).toEqual([...others.map(() => undefined), "@one:example.org"]);
    for (const [i, other] of others.entries()) table.set(other, `@other${i}:example.org`);
    expect(table.find(others, () => doubted)).toEqual(others.map((_, i) => `@other${i}:example.org`));
    expect(find(table, hash)).toBe("@one:example.org");
  });

  it("doubts what is too long to be held, and keeps what is not of ASCII", () => {
    const table = lookupTable(random, 10);
    const names = [`@${"é".repeat(127)}:`, `@${"é".repeat(126)}:`, "@plain:example.org"];
    const hashes = names.map(digest);
    for (const name of names) table.set(digest(name), name);
    expect(table.find(hashes, () => doubted)).toEqual([doubted, ...names.slice(1)]);
  });

  it("knows how much of it is taken by what was replaced", () => {
    const table = lookupTable(random, 10);
    table.set(digest("a"), "12345");
    expect(table.size().wasted).toBe(0);
    table.set(digest("a"), "123456789");
    expect(table.size().wasted).toBe(6);
    table.doubt(digest("a"));
    expect(table.size().wasted).toBe(16);
  });
});

import { fullFormats as ajvFormats } from "ajv-formats/dist/formats.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formats } from "../../../generator/seam/formats.js";
import { processorMs } from "../../support/processor-time.js";

type Reference = RegExp | ((text: string) => boolean) | { validate: (text: string) => boolean };

// The types of ajv-formats do not cover this table's entries.
const fullFormats = ajvFormats as Readonly<Record<string, Reference>>;

const ours = (name: string, text: string): boolean => {
  const format = formats[name];
  if (typeof format !== "function") throw new Error(`${name} is no text format`);
  return format(text);
};

const theirs = (name: string, text: string): boolean => {
  const format = fullFormats[name];
  if (format instanceof RegExp) return format.test(text);
  if (typeof format === "function") return format(text);
  if (format === undefined) throw new Error(`ajv-formats has no ${name}`);
  return format.validate(text);
};

const ofAlphabet = (alphabet: string, maxLength = 24) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength }).map((letters) => letters.join(""));

const two = fc.integer({ min: 0, max: 62 }).map((value) => String(value).padStart(2, "0"));
const dates = fc
  .tuple(fc.constantFrom("1900", "2000", "2024", "2023"), two, two)
  .map(([year, month, day]) => `${year}-${month}-${day}`);
const zones = fc.oneof(
  fc.constantFrom("", "z", "Z"),
  fc.tuple(fc.constantFrom("+", "-"), two, two).map(([sign, hour, minute]) => `${sign}${hour}:${minute}`),
);
const hours = fc.integer({ min: 0, max: 23 }).map((value) => String(value).padStart(2, "0"));
const minutes = fc.integer({ min: 0, max: 59 }).map((value) => String(value).padStart(2, "0"));
const times = fc
  .tuple(hours, minutes, two, fc.constantFrom("", ".5"), zones)
  .map(([h, m, s, f, z]) => `${h}:${m}:${s}${f}${z}`);

const inputs: Record<string, fc.Arbitrary<string>> = {
  date: dates,
  time: times,
  "date-time": fc.tuple(dates, fc.constantFrom("T", "t", " ", "x", "TT"), times).map((parts) => parts.join("")),
  duration: ofAlphabet("PT1YMDWHS", 10),
  email: ofAlphabet("ab@.-+'é ", 12),
  hostname: fc.oneof(
    ofAlphabet("aB0.-_", 12),
    fc.constantFrom("a".repeat(63), "a".repeat(64), `${"a.".repeat(126)}a`, `${"a.".repeat(127)}a`),
  ),
  ipv4: fc.oneof(ofAlphabet("0125.", 15), fc.ipV4()),
  ipv6: fc.oneof(ofAlphabet("1af:.", 16), ofAlphabet("1:", 18), fc.ipV6()),
  uri: fc.oneof(ofAlphabet('ab:/?#[]@%41"é1.', 16), fc.webUrl({ withFragments: true, withQueryParameters: true })),
  "uri-reference": ofAlphabet('ab:/?#[]@%41"é1.', 14),
  uuid: fc.oneof(fc.uuid(), ofAlphabet("0af-", 36)),
  "json-pointer": ofAlphabet("/~01a", 8),
  byte: ofAlphabet("aZ0+/=-", 12),
};

describe("formats", () => {
  it.each(Object.keys(inputs))("%s has the verdicts of ajv-formats", (name) => {
    fc.assert(
      fc.property(fc.oneof(inputs[name]!, fc.string()), (text) => {
        fc.pre(!(name === "byte" && text.includes("\n")));
        expect(ours(name, text)).toBe(theirs(name, text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["uri", "matrix:r/room:example.org", true],
    ["uri", "https://[::1]:8448/x", true],
    ["uri", "https://[::1/x", false],
    ["uri", "//example.org", false],
    ["email", "a@b.test@c.test", false],
    ["email", "A <a@b.test>", false],
    ["email", "a@b.test\r\nbcc: c@d.test", false],
    ["date-time", "2016-12-31T23:59:60Z", true],
    ["date-time", "2016-12-31T22:59:60Z", false],
    ["ipv6", "::ffff:1.2.3.4", true],
    ["ipv6", "1::2::3", false],
  ])("%s of %s is %s", (name, text, want) => {
    expect(ours(name, text)).toBe(want);
    expect(theirs(name, text)).toBe(want);
  });

  it.each([
    ["int32", 2_147_483_647, true],
    ["int32", 2_147_483_648, false],
    ["int32", 1.5, false],
    ["int64", Number.MAX_SAFE_INTEGER, true],
    ["int64", Number.MAX_SAFE_INTEGER + 1, false],
    ["double", 1.5, true],
  ])("%s of %d is %s", (name, value, want) => {
    const format = formats[name];
    if (typeof format !== "object") throw new Error(`${name} is no number format`);
    expect(format.validate(value)).toBe(want);
  });

  it("takes linear time on hostile texts", () => {
    const hostile = [
      "a".repeat(200_000),
      `${"a-".repeat(100_000)}@`,
      ":".repeat(200_000),
      "1.".repeat(100_000),
      `${"%41".repeat(60_000)}%`,
      `P${"1".repeat(200_000)}`,
      `a:/${"[".repeat(100_000)}`,
    ];
    const started = processorMs();
    for (const text of hostile) for (const name of Object.keys(inputs)) expect(ours(name, text)).toBeTypeOf("boolean");
    expect(processorMs() - started).toBeLessThan(3_000);
  });
});

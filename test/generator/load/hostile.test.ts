import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { GenerationError } from "../../../generator/errors.js";
import { loadServices } from "../../../generator/load/services.js";
import { fixtures, problemsOf } from "./fixture.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hostile-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};

const services = 'services: { letters: { documents: ["letters/*.yaml"] } }\n';

describe("files that are made to hurt", () => {
  test.each([
    ["an alias that contains itself", "a: &a [*a]", "yaml-syntax", "*a contains itself"],
    [
      "aliases that multiply",
      `a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\n${"bcdefgh"
        .split("")
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[index]}`).join(", ")}]`)
        .join("\n")}`,
      "yaml-syntax",
      "the aliases of this file stand for too many values",
    ],
    ["nothing", "", "unknown-dialect", "this is no API document: it has neither `swagger` nor `openapi`"],
    [
      "a version that is a number",
      'swagger: "2.0"\ninfo: { version: 1 }\npaths: {}',
      "wrong-shape",
      "`version` must be a text, not the number 1",
    ],
    ["no paths", 'swagger: "2.0"', "wrong-shape", "the file lacks `paths`"],
    [
      "a reference that is no text",
      'swagger: "2.0"\npaths: { /a: { $ref: 5 } }',
      "wrong-shape",
      "`$ref` must be a text",
    ],
  ])("%s: one finding, with a place", async (_, text, code, message) => {
    write("services.yaml", services);
    write("letters/a.yaml", text);
    expect(await problemsOf(root)).toMatchObject([{ code, message }]);
  });

  test("brackets without an end: findings, not an overflow", async () => {
    write("services.yaml", services);
    write("letters/a.yaml", "[".repeat(20_000));
    const codes = (await problemsOf(root)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["yaml-syntax"]));
  });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The data with the value at one place replaced; places are counted depth first. */
const replaced = (data: Json, place: { left: number }, value: Json): Json => {
  place.left -= 1;
  if (place.left === 0) return value;
  if (Array.isArray(data)) return data.map((item) => replaced(item, place, value));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, inner]) => [key, replaced(inner, place, value)]));
};

const strange = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    Number.MAX_VALUE,
    "",
    "#",
    "#/paths",
    "services.yaml",
    "../..",
    [],
    {},
    [[]],
    { $ref: 1 },
    { $ref: "#" },
  ),
  fc.constantFrom<Json>(
    { $ref: "#/definitions/Animal" },
    { type: "array" },
    { allOf: [{ $ref: "#/paths" }] },
    { required: true },
  ),
  fc.string({ maxLength: 5 }),
);

describe("a document with any one value replaced by another", () => {
  const trees = ["swagger2", "openapi3", "overrides", "shared"];
  test.each(trees)("%s loads, or is refused with placed findings; nothing else happens", async (tree) => {
    const source = `${fixtures}positive/${tree}`;
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
    const texts = new Map(files.map((file) => [file, readFileSync(join(source, file), "utf8")]));
    for (const [file, text] of texts) write(file, text);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.integer({ min: 1, max: 250 }),
        strange,
        async (file, left, value) => {
          const text = texts.get(file) ?? "";
          // The fixtures are JSON values written as YAML.
          write(file, stringify(replaced(parse(text) as Json, { left }, value)));
          const outcome: unknown = await loadServices({ root }).catch((error: unknown) => error);
          write(file, text);
          if (!(outcome instanceof Error)) return;
          if (!(outcome instanceof GenerationError)) throw outcome;
          for (const { origin, hint, message } of outcome.diagnostics) {
            expect(origin.line).toBeGreaterThan(0);
            expect(hint).not.toBe("");
            expect(message).not.toContain("undefined");
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

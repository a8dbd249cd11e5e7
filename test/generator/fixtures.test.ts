import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { compilerErrors } from "../support/compiler.js";

const positive = join(import.meta.dirname, "../fixtures/positive");
const out = mkdtempSync(join(tmpdir(), "threepid-"));

afterAll(() => rmSync(out, { recursive: true, force: true }));

describe("the positive fixtures", () => {
  test.each(readdirSync(positive))("%s is generated", async (name) => {
    expect(await generate({ root: join(positive, name), out: join(out, name) })).toMatchObject({ state: "written" });
  });

  test("what is generated compiles", () => {
    expect(readdirSync(out)).toEqual(readdirSync(positive));
    expect(compilerErrors(out)).toEqual([]);
  });
});

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { compilerErrors } from "../support/compiler.js";
import { temporaryFolder } from "../support/tree.js";

const positive = join(import.meta.dirname, "../fixtures/positive");

test("what is generated from the positive fixtures compiles", async () => {
  const out = temporaryFolder();
  for (const name of readdirSync(positive)) {
    expect(await generate({ root: join(positive, name), out: join(out, name) })).toMatchObject({ state: "written" });
  }
  expect(compilerErrors(out)).toEqual([]);
});

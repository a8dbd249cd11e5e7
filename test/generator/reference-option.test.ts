import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { temporaryFolder } from "../support/tree.js";

test("is written only when asked for, and removed when no longer asked for", async () => {
  const [out, api] = [temporaryFolder(), join(import.meta.dirname, "../golden/api")];
  const file = join(out, "small/reference.html");
  await generate({ root: api, out });
  expect(existsSync(file)).toBe(false);
  expect(await generate({ root: api, out, reference: true })).toMatchObject({
    written: expect.arrayContaining(["small/reference.html"]),
  });
  expect(readFileSync(file, "utf8")).toMatch(/^<!doctype html>/);
  expect(await generate({ root: api, out, reference: true })).toMatchObject({ state: "current" });
  expect(await generate({ root: api, out })).toMatchObject({ removed: ["small/reference.html"] });
});

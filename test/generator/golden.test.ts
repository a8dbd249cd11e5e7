import { join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { temporaryFolder, textsBelow } from "../support/tree.js";

const golden = join(import.meta.dirname, "../golden");

/** Lines that change with every tool and every document say nothing about the printing. */
const withoutPreamble = (text: string): string => text.replace(/^(?:\/\/ .*\n)+\n/, "");

test("a small service is printed as it was reviewed", async () => {
  const out = temporaryFolder();
  await generate({ root: join(golden, "api"), out });
  const printed = [...textsBelow(out)].filter(([path]) => path.startsWith("small/"));
  for (const [path, text] of printed)
    await expect(withoutPreamble(text)).toMatchFileSnapshot(join(golden, "generated", path));
  expect(printed.map(([path]) => path)).toEqual([...textsBelow(join(golden, "generated"))].map(([path]) => path));
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cautions, failures } from "../../generator/errors.js";
import { defects } from "../../generator/model/defects.js";

const folder = join(import.meta.dirname, "../../generator");
const readme = readFileSync(join(folder, "README.md"), "utf8");

/** The rows of the table that follows a word in bold. */
function table(heading: string): Record<string, string> {
  const [, after = ""] = readme.split(`**${heading}.**`);
  const rows = (/(?:^\|.*\n)+/m.exec(after)?.[0] ?? "").matchAll(/^\| `([^`]+)` \| (.*) \|$/gm);
  return Object.fromEntries([...rows].map(([, code = "", words = ""]) => [code, words]));
}

describe("the generator's README", () => {
  test("lists every defect that may be tolerated", () => {
    expect(table("Tolerated")).toEqual(defects);
  });

  test("lists every reason to refuse a document", () => {
    expect(table("Refused")).toEqual(failures);
  });

  test("lists every warning", () => {
    expect(table("Warned")).toEqual(cautions);
  });

  test("names files that exist", () => {
    const named = [...readme.matchAll(/\b((?:load|model|emit|seam|compare)\/[a-z0-9/-]*(?:\.ts|\/))/g)].map(
      ([, path = ""]) => path,
    );
    const short = [...readme.matchAll(/(?<![\w/.-])(write|manifest|errors)\.ts/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(10);
    expect([...named, ...short].filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  });
});

test("what the README links to is in the package, too", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/gu)].map(([, path]) => path);
  expect(links).toContain("CONSTRUCTS.md");
  expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).files).toEqual(expect.arrayContaining(links));
});

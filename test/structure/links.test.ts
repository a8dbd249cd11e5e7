import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders = ["api", "generated", "generator", "runtime", "test"];
const pages = [
  ...readdirSync(root),
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((it) => join(folder, it)),
  ),
].filter((it) => it.endsWith(".md") && !/(^|\/)(dist|node_modules)\//.test(it));

/** What stands in fences is no page's own. */
const textOf = (page: string): string => readFileSync(join(root, page), "utf8").replace(/^```.*?^```/gms, "");

/** A heading's name in links: lower case, blanks as hyphens, without what is neither letter, digit nor hyphen. */
const anchorsOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-"),
  );

const linksOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);

/** The targets that lead nowhere. */
const broken = (page: string): readonly string[] =>
  linksOf(page).filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });

describe("links between pages and files", () => {
  it.each(pages)("lead somewhere: %s", (page) => {
    expect(broken(page)).toEqual([]);
  });

  it("are found at all", () => {
    expect(pages.flatMap(linksOf).length).toBeGreaterThan(50);
  });
});

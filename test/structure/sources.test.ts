import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["dist", "node_modules"].includes(entry.name) ? [] : sources(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [relative(root, join(root, path))] : [];
  });
}

/** The code of a file, without its comments: they may name what the code may not do. */
function code(path: string): string {
  return readFileSync(join(root, path), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");
}

describe("every hand-written file", () => {
  const files = ["runtime", "generator"].flatMap(sources);

  it("of the servers takes randomness from the system's generator, through its port", () => {
    const guilty = files.filter((path) => /Math\s*\.\s*random/.test(code(path)));
    expect(guilty).toEqual([]);
  });

  it("of the servers' logic takes the time from its port", () => {
    const logic = files.filter((path) => /^runtime\/(identity|homeserver|validation|protocol)\//.test(path));
    expect(logic.length).toBeGreaterThan(10);
    expect(logic.filter((path) => /\bDate\.now\b|new Date\(\)|performance\.now/.test(code(path)))).toEqual([]);
  });

  it("does one thing, in at most 400 lines", () => {
    const long = files.filter((path) => readFileSync(join(root, path), "utf8").split("\n").length > 401);
    expect(long).toEqual([]);
  });

  it("is named for what is in it", () => {
    expect(files.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(path))).toEqual([]);
  });
});

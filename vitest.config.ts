import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Files that replace modules, which others in their process would get to see as well. */
const alone = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => join("test", path))
  .filter((path) => /\bvi\.(?:mock|doMock)\(/.test(readFileSync(path, "utf8")));

const apart = ["test/fixtures/**", "test/golden/**", "**/node_modules/**"];

/** Two workers by default: servers under test answer while their clients wait, on machines of two cores. */
export default defineConfig({
  test: {
    // What a file imports is loaded and warmed up once for each worker, not once for each file.
    projects: [
      {
        extends: true,
        test: { name: "shared", include: ["test/**/*.test.ts"], exclude: [...apart, ...alone], isolate: false },
      },
      { extends: true, test: { name: "alone", include: alone, isolate: true } },
    ],
    globals: false,
    setupFiles: ["test/support/property-seed.ts"],
    // Native modules (SQLite) and signal handlers want processes, not threads.
    pool: "forks",
    maxWorkers: 2,
    // A guard against what hangs, not a measure: compiling tests take their time on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Tables have many rows; only what failed is worth a line.
    reporters: process.env["CI_REPORT"] ? ["dot", ["json", { outputFile: process.env["CI_REPORT"] }]] : ["dot"],
    silent: "passed-only",
    passWithNoTests: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});

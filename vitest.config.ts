import { defineConfig } from "vitest/config";

/** Two workers by default: servers under test answer while their clients wait, on machines of two cores. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**", "test/golden/**", "**/node_modules/**"],
    globals: false,
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
  },
});

// Prints "N passed, N failed" from vitest's JSON report: count.mjs REPORT STATUS.
// A run that stopped before its tests, or failed beside them, counts as one failure.
import { readFileSync, writeSync } from "node:fs";

const [report = "", status = "1"] = process.argv.slice(2);

function read() {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
    // A file that failed to load holds no failed test, only a failed suite.
    return { passed: numPassedTests, failed: numFailedTests || numFailedTestSuites };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const { passed, failed } = read();
const shown = failed === 0 && status !== "0" ? 1 : failed;
writeSync(1, `${passed} passed, ${shown} failed\n`);

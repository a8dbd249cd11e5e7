/** What a run of `generate` did, or found, in lines. */

import { severityOf, textLines } from "../compare/report.js";
import type { Generated } from "../generate.js";

/** For people. */
export function resultLines({ state, written, removed, changes }: Generated, out: string): string[] {
  if (state === "current") return [`${out} is current.`];
  const drifted = state === "drifted";
  return [
    drifted ? `${out} is not what the documents say:` : `${out}: ${written.length} written, ${removed.length} removed.`,
    ...(drifted ? written.map((path) => `  differs  ${path}`) : []),
    ...removed.map((path) => `  ${drifted ? "stale  " : "removed"}  ${path}`),
    ...textLines(changes, false),
    ...(drifted ? ['Run "generate" and commit the result.'] : []),
  ];
}

/** For machines: `severity` is that of the gravest change. */
export const resultData = (result: Generated): object => ({ ...result, severity: severityOf(result.changes) });

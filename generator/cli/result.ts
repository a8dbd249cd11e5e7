/** What a run of `generate` did, or found. */

import { stdout } from "node:process";
import { severityOf, textLines } from "../compare/report.js";
import type { Generated } from "../generate.js";
import type { Flags } from "./options.js";
import { tellJson, tellLines, tellWarnings } from "./terminal.js";

/** What machines get where nothing could be done. */
export const failed = { state: "failed" };

/** For people. */
function resultLines({ state, written, removed, changes }: Generated, out: string): string[] {
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
const resultData = (result: Generated): object => ({ ...result, severity: severityOf(result.changes) });

/** That all is as it should be is news for who asked, or watches. */
export function tellResult(result: Generated, { check = false, json = false }: Flags, out: string): void {
  tellWarnings(result.warnings);
  if (json) tellJson(resultData(result));
  else if (check || stdout.isTTY || result.state !== "current") tellLines(resultLines(result, out));
}

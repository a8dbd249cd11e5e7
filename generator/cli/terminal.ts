/** What a command tells, and whom: progress to people who watch, findings to everybody, results as text or JSON. */

import { stderr, stdout } from "node:process";
import { formatDiagnostic, GenerationError } from "../errors.js";
import type { Diagnostic } from "../generate.js";

/** Steps are shown where somebody watches, on one line that is wiped at the end. */
export function progress(): { readonly report: (step: string) => void; readonly end: () => void } {
  const wipe = "\r\u001b[K";
  const tell = (text: string): void => {
    if (stderr.isTTY) stderr.write(`${wipe}${text}`);
  };
  return { report: (step) => tell(`${step} …`), end: () => tell("") };
}

/** Why nothing was done. Machines get the findings as data, with `state` or whatever else the command tells of itself. */
export function tellFailure(error: unknown, json: boolean, state: object): void {
  if (json && error instanceof GenerationError) stdout.write(`${JSON.stringify({ ...state, ...error.toJSON() })}\n`);
  else stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

export function tellWarnings(warnings: readonly Diagnostic[]): void {
  for (const warning of warnings) stderr.write(`${formatDiagnostic(warning)}\n`);
}

export const tellJson = (result: unknown): boolean => stdout.write(`${JSON.stringify(result)}\n`);

export const tellLines = (lines: readonly string[]): boolean => stdout.write(`${lines.join("\n")}\n`);

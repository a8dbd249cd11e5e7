/** `threepid compare OLD NEW`. */

import { type Command, Option } from "commander";
import { progress, tellFailure, tellJson, tellLines } from "../cli/terminal.js";
import type { Severity } from "./change.js";
import type { Side } from "./side.js";

interface Flags {
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly words?: boolean;
  readonly failOn: Severity | "never";
  readonly oldServices?: string;
  readonly newServices?: string;
  readonly allowRemote?: boolean;
}

/** 0: nothing as grave as `--fail-on`. 1: a change that is. 2: a side cannot be read. */
export type CompareExit = 0 | 1 | 2;

const rank: readonly (Severity | "none")[] = ["none", "documentation", "additive", "breaking"];

function isTooGrave(severity: Severity | "none", failOn: Flags["failOn"]): boolean {
  return failOn !== "never" && rank.indexOf(severity) >= rank.indexOf(failOn);
}

const side = (path: string, services: string | undefined, allowRemote = false): Side =>
  services === undefined ? { path, allowRemote } : { path, services, allowRemote };

async function runCompare(before: string, after: string, flags: Flags): Promise<CompareExit> {
  const { json = false, markdown = false, words = false, failOn, oldServices, newServices, allowRemote } = flags;
  const { report, end } = progress();
  try {
    // Documents are read by much that no other command needs.
    const [{ compareSides }, { markdownLines, severityOf, textLines }, { sharedChanges }] = await Promise.all([
      import("./side.js"),
      import("./report.js"),
      import("./told.js"),
    ]);
    const services = await compareSides(
      side(before, oldServices, allowRemote),
      side(after, newServices, allowRemote),
      report,
    );
    end();
    const severity = severityOf(services);
    if (json) tellJson({ severity, services: services.map((one) => ({ ...one, shared: sharedChanges(one) })) });
    else tellLines(markdown ? markdownLines(services, words) : textLines(services, words));
    return isTooGrave(severity, failOn) ? 1 : 0;
  } catch (error) {
    end();
    tellFailure(error, json, { severity: "unknown" });
    return 2;
  }
}

/** Adds `compare` to a command line. `done` gets the exit code. */
export function registerCompare(program: Command, done: (code: CompareExit) => void): void {
  program
    .command("compare")
    .description("tell what changed between two versions of an API, and whom it breaks")
    .argument("<old>", "a document, a folder, a services.yaml, REVISION:PATH, or (see --allow-remote) a URL")
    .argument("<new>", "the same, as it is now")
    .addOption(new Option("--json", "tell the result as JSON").conflicts("markdown"))
    .option("--markdown", "tell the result as Markdown")
    .option("--words", "also tell each place that is only described differently")
    .addOption(
      new Option("--fail-on <severity>", "from which severity on the exit code is 1")
        .choices(["breaking", "additive", "documentation", "never"])
        .default("breaking"),
    )
    .option("--allow-remote", "fetch documents and references that are URLs")
    .option("--old-services <file>", "which documents of the folder <old> make one service")
    .option("--new-services <file>", "which documents of the folder <new> make one service")
    .addHelpText(
      "after",
      "\nREVISION:PATH is what git has: main:api, HEAD~1:api/services.yaml, v1.0:openapi.yaml.\n\n" +
        "Exit codes: 0 when nothing breaks, 1 when something does (see --fail-on), 2 when a side cannot be read.",
    )
    .action(async (before: string, after: string, flags: Flags) => done(await runCompare(before, after, flags)));
}

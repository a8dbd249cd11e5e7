/** `fuzz`: asks a running server what its document does not expect. */

import { stderr, stdout } from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { type DocumentFlags, documentOptions, modelsOf } from "../load/chosen.js";
import type { FuzzReport } from "./fuzz.js";

interface Flags extends DocumentFlags {
  readonly target: string;
  readonly count: number;
  readonly seconds: number;
  readonly timeout: number;
  readonly seed: number;
  readonly header?: Readonly<Record<string, string>>;
  readonly allowRemote?: boolean;
  readonly skip?: readonly string[];
  readonly lenient?: boolean;
  readonly json?: boolean;
}

/** Whether a URL leads to this machine, by its host alone: names are not asked for. */
export function isLoopback(target: string): boolean {
  const { hostname } = new URL(target);
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(hostname);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/u.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("give a whole number from 0 up");
}

function address(text: string): string {
  if (URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError("give a URL, for example http://127.0.0.1:8090");
}

function withHeader(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([\w-]+):\s*(.*)$/u.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('give "Name: value"');
  return { ...before, [name.toLowerCase()]: value };
}

/** Where no operation succeeds, the target is most likely another than was meant, or lets nobody in. */
const isFutile = ({ operations, coverage }: FuzzReport): boolean =>
  operations > 0 && coverage.every(({ isUnreached }) => isUnreached);

const futileHint =
  "  hint: next to nothing was tried. Does --target lead to this service (the paths of the documents, base paths and all,\n" +
  "        are put behind it), and does --header bring credentials that it takes?";

const goneHint = "  hint: start the server, or correct --target; nothing else was asked";

const countedOf = ({ findings: { length }, requests, operations }: FuzzReport): string =>
  `${length} ${length === 1 ? "finding" : "findings"} in ${requests} requests to ${operations} operations`;

function reportLines(report: FuzzReport): string {
  const { operations, isCut, gone, findings, coverage } = report;
  const lines = findings.flatMap(({ service, operation, message, what, curl }) => [
    `${service} ${operation}: ${message}`,
    `  after ${what}`,
    `  ${curl}`,
    "",
  ]);
  for (const { service, operation, leftAloneAfterHangs: hangs } of coverage)
    if (hangs !== undefined) lines.push(`${service} ${operation}: left alone after ${hangs} hangs`);
  if (gone !== undefined) return `${[...lines, gone, goneHint, `${countedOf(report)}.`].join("\n")}\n`;
  const cut = isCut ? "; the time was over, so that not everything was tried" : "";
  const unreached = coverage.filter(({ isUnreached }) => isUnreached).map(({ operation }) => operation);
  const missed = `${unreached.length} of ${operations} operations never answered a success: ${unreached.join(", ")}`;
  if (unreached.length > 0) lines.push(missed);
  if (isFutile(report)) lines.push(futileHint);
  return `${[...lines, `${countedOf(report)}${cut}.`].join("\n")}\n`;
}

/** 0: nothing found. 1: something was found, or nothing could be tried. */
async function runFuzz(flags: Flags): Promise<0 | 1> {
  const { target, header = {}, allowRemote = false, json = false } = flags;
  if (!allowRemote && !isLoopback(target)) {
    stderr.write(`${target} is not this machine\n  hint: --allow-remote, where its owner agrees\n`);
    return 1;
  }
  const models = await modelsOf(flags);
  const known = new Set(models.flatMap(({ operations }) => operations.map(({ id }) => id)));
  const strange = flags.skip?.find((name) => !known.has(name));
  if (strange !== undefined) {
    stderr.write(`--skip: the documents have no operation ${strange}\n  hint: one of ${[...known].join(", ")}\n`);
    return 1;
  }
  const { fuzz } = await import("./fuzz.js");
  const report = await fuzz(models, { ...flags, headers: header });
  stdout.write(json ? `${JSON.stringify(report)}\n` : reportLines(report));
  return report.findings.length > 0 || report.gone !== undefined || isFutile(report) ? 1 : 0;
}

/** Adds `fuzz` to a command line. `done` gets the exit code. */
export function registerFuzz(program: Command, done: (code: 0 | 1) => void): void {
  documentOptions(program.command("fuzz"))
    .description("send a running server requests that fit its document, stretch it and break it; judge every answer")
    .requiredOption("--target <url>", "where the server listens", address)
    .option("--count <number>", "requests for each operation", wholeNumber, 60)
    .option("--seconds <number>", "end after as many seconds", wholeNumber, 60)
    .option("--timeout <milliseconds>", "a request without an answer for as long hangs", wholeNumber, 5000)
    .option("--seed <number>", "another seed makes other requests", wholeNumber, 1)
    .option(
      "--header <header>",
      'sent with every request, for example "Authorization: Bearer …"; repeat for more',
      withHeader,
    )
    .option(
      "--allow-remote",
      "the target may be another machine, and documents and references that are URLs are fetched",
    )
    .option(
      "--skip <operation>",
      "leave an operation alone, such as one that ends the credentials of --header; repeat for more",
      (name: string, before: readonly string[] = []) => [...before, name],
    )
    .option("--lenient", "a success for a request that the document forbids is no finding")
    .option("--json", "tell the findings, and what each operation answered, as JSON")
    .addHelpText(
      "after",
      "\nFound: statuses, types, headers and bodies that the document does not have; 500; silence; cut connections; and\n" +
        "successes for requests that it forbids, since who sends those never learns of the mistake; successes without the\n" +
        "credentials of --header where the document requires some. The run ends at once where nobody listens any more.\n\n" +
        "Exit codes: 0 when nothing was found, 1 on findings, and where no operation ever answered a success.",
    )
    .action(async (flags: Flags) => done(await runFuzz(flags)));
}

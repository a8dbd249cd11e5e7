#!/usr/bin/env node
/** The command line: `threepid-generator generate`, and the commands beside it. The server's own `threepid` hands them on. */

import { existsSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { argv, exit, stderr, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import type { ServiceChanges } from "./compare/changes.js";
import { registerCompare } from "./compare/command.js";
import { readConfiguration } from "./configuration.js";
import { formatDiagnostic, GenerationError } from "./errors.js";
import { registerFuzz } from "./fuzz/command.js";
import {
  type FromServices,
  type FromSpec,
  type Generated,
  type GenerateOptions,
  generate,
  OptionError,
  type OutputOptions,
  type Printed,
} from "./generate.js";
import { inputOf } from "./load/input.js";
import { registerMock } from "./mock/command.js";
import { watchFolders } from "./watch.js";

export { registerCompare } from "./compare/command.js";
export { registerFuzz } from "./fuzz/command.js";
export { registerMock } from "./mock/command.js";

interface Flags {
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly spec?: string;
  readonly root?: string;
  readonly services?: string;
  readonly name?: string;
  readonly out?: string;
  readonly reference?: boolean;
  readonly config?: string;
}

/** 0: as it should be, or made so. 1: drift, or documents that cannot be compiled. */
type ExitCode = 0 | 1;

/** Steps are shown where somebody watches, on one line that is wiped at the end. */
function progress(): { readonly report: (step: string) => void; readonly end: () => void } {
  const wipe = "\r\u001b[K";
  const tell = (text: string): void => {
    if (stderr.isTTY) stderr.write(`${wipe}${text}`);
  };
  return { report: (step) => tell(`${step} …`), end: () => tell("") };
}

function counted(operations: ServiceChanges["operations"]): string {
  return `${operations.length} ${operations.length === 1 ? "operation" : "operations"}`;
}

function serviceLines({ service, operations, isNew }: ServiceChanges): string[] {
  if (isNew) return [`  ${service}: new, ${counted(operations)}`];
  return [
    `  ${service}: ${counted(operations)} changed`,
    ...operations.flatMap(({ operation, severity, changes }) => [
      `    ${operation} (${severity})`,
      ...changes.map(
        (change) =>
          `      ${change.severity.padEnd(13)} ${[change.where, change.what].filter((part) => part !== "").join(" ")}`,
      ),
    ]),
  ];
}

function changeLines(changes: readonly ServiceChanges[]): string[] {
  return changes.length === 0 ? ["The API itself did not change."] : ["API changes:", ...changes.flatMap(serviceLines)];
}

function resultLines({ state, written, removed, changes }: Generated, out: string): string[] {
  if (state === "current") return [`${out} is current.`];
  const drifted = state === "drifted";
  return [
    drifted ? `${out} is not what the documents say:` : `${out}: ${written.length} written, ${removed.length} removed.`,
    ...(drifted ? written.map((path) => `  differs  ${path}`) : []),
    ...removed.map((path) => `  ${drifted ? "stale  " : "removed"}  ${path}`),
    ...changeLines(changes),
    ...(drifted ? ['Run "generate" and commit the result.'] : []),
  ];
}

function tellFailure(error: unknown, json: boolean): void {
  if (json && error instanceof GenerationError)
    stdout.write(`${JSON.stringify({ state: "failed", ...error.toJSON() })}\n`);
  else stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

/** What to generate from, as the options say it. */
function sourceOf({ spec, root, services, name }: Omit<Flags, "config">): FromSpec | FromServices {
  if (spec === undefined) {
    if (name !== undefined)
      throw new OptionError("--name needs --spec\n  hint: services.yaml names its services itself");
    return { root: root ?? "api", ...(services === undefined ? {} : { services }) };
  }
  if (services !== undefined) throw new OptionError("--spec and --services both say what to read\n  hint: give one");
  return { spec, ...(root === undefined ? {} : { root }), ...(name === undefined ? {} : { name }) };
}

/** What the command line says goes before what the project has decided; what to read is decided by one of them. */
async function decided(flags: Flags): Promise<(FromSpec | FromServices) & OutputOptions> {
  const { emitters = [], ...configured } = (await readConfiguration(".", flags.config)) ?? {};
  const isSaid = [flags.spec, flags.root, flags.services, flags.name].some((option) => option !== undefined);
  const { out = "generated", reference = false } = { ...configured, ...flags };
  return { ...sourceOf(isSaid ? flags : configured), out, reference, emitters };
}

async function runGenerate(flags: Flags): Promise<ExitCode> {
  const { check = false, json = false } = flags;
  const { report, end } = progress();
  try {
    const options = await decided(flags);
    const { out } = options;
    const result = await generate({ ...options, check, report });
    end();
    tellResult(result, flags, out);
    return result.state === "drifted" ? 1 : 0;
  } catch (error) {
    end();
    tellFailure(error, json);
    return 1;
  }
}

function tellResult(result: Generated, { check = false, json = false }: Flags, out: string): void {
  for (const warning of result.warnings) stderr.write(`${formatDiagnostic(warning)}\n`);
  if (json) stdout.write(`${JSON.stringify(result)}\n`);
  else if (check || stdout.isTTY || result.state !== "current")
    stdout.write(`${resultLines(result, out).join("\n")}\n`);
}

/** Generates again and again, until the process is told to end. What cannot be compiled is told, and waited for. */
async function runWatch(flags: Flags): Promise<ExitCode> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  try {
    const options = await decided(flags);
    await watchRuns(options, flags, ending.signal);
    return 0;
  } catch (error) {
    tellFailure(error, flags.json ?? false);
    return 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  }
}

async function watchRuns(options: GenerateOptions, flags: Flags, signal: AbortSignal): Promise<void> {
  const { root, services } = inputOf(options);
  const printed = new Map<string, Printed>();
  let runs = 0;
  let failed = "";
  await watchFolders({
    folders: [resolve(root)],
    alone: services === undefined ? [] : [dirname(resolve(services))],
    without: resolve(options.out),
    signal,
    run: async () => {
      const { report, end } = progress();
      const result = await generate({ ...options, printed, report }).catch((error: unknown) => error);
      end();
      const isFailure = result instanceof Error;
      // Saving twice without a remedy is no news.
      if (isFailure && result.message !== failed) tellFailure(result, flags.json ?? false);
      const isNews = runs === 0 || failed !== "";
      failed = isFailure ? result.message : "";
      if (isGenerated(result) && (isNews || result.state !== "current")) tellResult(result, flags, options.out);
      runs += 1;
      if (runs === 1 && flags.json !== true) stdout.write(`Watching ${root}. Ctrl-C ends.\n`);
    },
  });
}

const isGenerated = (result: unknown): result is Generated =>
  typeof result === "object" && result !== null && "state" in result;

/** Adds `generate` to a command line. `done` gets the exit code. */
export function registerGenerate(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("generate")
    .description("generate typed TypeScript from API documents")
    .option("--spec <path>", "a document, a folder of documents, or a services.yaml")
    .option("--name <name>", "what the one service of --spec is called (default: made from its title)")
    .option("--check", "write nothing; exit 1 and tell what changed when the output is not current")
    .addOption(new Option("--watch", "generate again whenever a document is saved").conflicts("check"))
    .option("--json", "tell the result as JSON")
    .option("--root <folder>", "the folder of the documents (default: that of --spec, else api)")
    .option("--services <file>", "which documents make one service (default: services.yaml in the root)")
    .option("--out <folder>", "the folder of generated code (default: generated)")
    .option("--config <file>", "options in a file (default: threepid.generate.yaml, or threepid in package.json)")
    .option("--reference", "also write reference.html: one searchable page for people who call the service")
    .addHelpText(
      "after",
      "\nWithout --spec, services.yaml in the root names the services. The output is one folder for each service,\n" +
        "and seam/, on which all of them stand. A file of options has the keys spec, root, services, name, out,\n" +
        "reference and emitters; the command line goes before it.\n\nExit codes: 0 when the output is current or was written, 1 on drift or errors in the documents.",
    )
    .action(async (flags: Flags) => done(await (flags.watch === true ? runWatch(flags) : runGenerate(flags))));
}

/** Runs the command line with the arguments after the program's name. */
export async function run(args: readonly string[]): Promise<void> {
  const program = new Command("threepid-generator").description(
    "Typed handlers, validators and clients from API documents",
  );
  registerGenerate(program, (code) => {
    process.exitCode = code;
  });
  registerMock(program);
  registerFuzz(program, (code) => {
    process.exitCode = code;
  });
  registerCompare(program, (code) => {
    process.exitCode = code;
  });
  await program.parseAsync([...args], { from: "user" });
}

const invoked = argv[1];
if (invoked !== undefined && existsSync(invoked) && realpathSync(invoked) === fileURLToPath(import.meta.url)) {
  // Whoever reads our output may stop before its end, as `head` does: nothing is wrong then.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    exit();
  });
  await run(argv.slice(2)).catch((error: unknown) => {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  });
}

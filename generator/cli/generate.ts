/** `threepid generate`. */

import { dirname, resolve } from "node:path";
import { stdout } from "node:process";
import { type Command, Option } from "commander";
import { readConfiguration } from "../configuration.js";
import {
  type FromServices,
  type FromSpec,
  type Generated,
  type GenerateOptions,
  generate,
  OptionError,
  type OutputOptions,
} from "../generate.js";
import { inputOf } from "../load/input.js";
import { watchFolders } from "../watch.js";
import { resultData, resultLines } from "./result.js";
import { progress, tellFailure, tellJson, tellLines, tellWarnings } from "./terminal.js";

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
  readonly allowRemote?: boolean;
  readonly config?: string;
}

/** 0: as it should be, or made so. 1: drift, or documents that cannot be compiled. */
type ExitCode = 0 | 1;

const failed = { state: "failed" };

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
  const { out = "generated", reference = false, allowRemote = false } = { ...configured, ...flags };
  return { ...sourceOf(isSaid ? flags : configured), out, reference, allowRemote, emitters };
}

async function runGenerate(flags: Flags): Promise<ExitCode> {
  const { check = false, json = false } = flags;
  const { report, end } = progress();
  try {
    const options = await decided(flags);
    const result = await generate({ ...options, check, report });
    end();
    tellResult(result, flags, options.out);
    return result.state === "drifted" ? 1 : 0;
  } catch (error) {
    end();
    tellFailure(error, json, failed);
    return 1;
  }
}

function tellResult(result: Generated, { check = false, json = false }: Flags, out: string): void {
  tellWarnings(result.warnings);
  if (json) tellJson(resultData(result));
  else if (check || stdout.isTTY || result.state !== "current") tellLines(resultLines(result, out));
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
    tellFailure(error, flags.json ?? false, failed);
    return 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  }
}

async function watchRuns(options: GenerateOptions, flags: Flags, signal: AbortSignal): Promise<void> {
  const { root, services } = inputOf(options);
  let runs = 0;
  let told = "";
  await watchFolders({
    folders: [resolve(root)],
    alone: services === undefined ? [] : [dirname(resolve(services))],
    without: resolve(options.out),
    signal,
    run: async () => {
      const { report, end } = progress();
      const result = await generate({ ...options, report }).catch((error: unknown) => error);
      end();
      const isFailure = result instanceof Error;
      // Saving twice without a remedy is no news.
      if (isFailure && result.message !== told) tellFailure(result, flags.json ?? false, failed);
      const isNews = runs === 0 || told !== "";
      told = isFailure ? result.message : "";
      if (isGenerated(result) && (isNews || result.state !== "current")) tellResult(result, flags, options.out);
      runs += 1;
      if (runs === 1 && flags.json !== true) tellLines([`Watching ${root}. Ctrl-C ends.`]);
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
    .option("--spec <path>", "a document, a folder of documents, a services.yaml, or (see --allow-remote) a URL")
    .option("--allow-remote", "fetch documents and references that are URLs")
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
        "reference, allowRemote and emitters; the command line goes before it.\n\nExit codes: 0 when the output is current or was written, 1 on drift or errors in the documents.",
    )
    .action(async (flags: Flags) => done(await (flags.watch === true ? runWatch(flags) : runGenerate(flags))));
}

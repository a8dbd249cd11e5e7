/** `threepid generate`. */

import { type Command, Option } from "commander";
import { generate } from "../generate.js";
import { clientOptions } from "../package/flags.js";
import { decided, type Flags } from "./options.js";
import { failed, tellResult } from "./result.js";
import { progress, tellFailure } from "./terminal.js";
import { runWatch } from "./watch.js";

/** 0: as it should be, or made so. 1: drift, or documents that cannot be compiled. */
type ExitCode = 0 | 1;

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

/** Adds `generate` to a command line. `done` gets the exit code. */
export function registerGenerate(program: Command, done: (code: ExitCode) => void): void {
  const command = program
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
        "formats, reference, allowRemote, client and emitters; the command line goes before it.\n\nExit codes: 0 when the output is current or was written, 1 on drift or errors in the documents.",
    )
    .action(async (flags: Flags) => done(await (flags.watch === true ? runWatch(flags) : runGenerate(flags))));
  for (const option of clientOptions) command.addOption(option);
}

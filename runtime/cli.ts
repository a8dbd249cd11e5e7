#!/usr/bin/env node
/** The `threepid` command. Each subcommand stands in a file of its own under `cli/`. */

import { Command, CommanderError } from "commander";
import { accountsCommand } from "./cli/accounts.js";
import { associationsCommand } from "./cli/associations.js";
import { configCommand } from "./cli/config.js";
import { compareCommand, fuzzCommand, generateCommand, mockCommand } from "./cli/generate.js";
import { importCommand } from "./cli/import.js";
import { keysCommand } from "./cli/keys.js";
import { pepperCommand } from "./cli/pepper.js";
import { explain } from "./cli/problem.js";
import { registrationTokensCommand } from "./cli/registration-tokens.js";
import { serveCommand } from "./cli/serve.js";
import { tokenCommand } from "./cli/token.js";
import { version } from "./cli/version.js";

const program = new Command("threepid")
  .description("A Matrix identity server, and the account side of a homeserver")
  .version(version())
  .showHelpAfterError("(add --help for what there is)")
  .exitOverride();

/** Subcommands were made before their command had a parent: what they inherit reaches them now. */
const adopt = (parent: Command, command: Command): void => {
  command.copyInheritedSettings(parent);
  for (const subcommand of command.commands) adopt(command, subcommand);
};

const generators = [generateCommand(), compareCommand(), mockCommand(), fuzzCommand()];
const servers = [
  serveCommand(),
  configCommand(),
  keysCommand(),
  pepperCommand(),
  tokenCommand(),
  associationsCommand(),
  accountsCommand(),
  registrationTokensCommand(),
  importCommand(),
];
for (const command of [...servers, ...generators]) {
  adopt(program, command);
  program.addCommand(command);
}
// Their help is the generator's own.
for (const command of generators) command.helpOption(false);

// Whoever reads our output may stop before its end, as `head` does: nothing is wrong then.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // The command line printed its reason, or the help that was asked for.
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

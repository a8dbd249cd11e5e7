/** The `threepid` command. Each subcommand stands in a file of its own beside this one. */

import { Command, CommanderError } from "commander";
import { accountsCommand } from "./accounts.js";
import { associationsCommand } from "./associations.js";
import { configCommand } from "./config.js";
import { compareCommand, fuzzCommand, generateCommand, mockCommand } from "./generate.js";
import { importCommand } from "./import.js";
import { keysCommand } from "./keys.js";
import { pepperCommand } from "./pepper.js";
import { explain } from "./problem.js";
import { registrationTokensCommand } from "./registration-tokens.js";
import { serveCommand } from "./serve.js";
import { tokenCommand } from "./token.js";
import { version } from "./version.js";

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

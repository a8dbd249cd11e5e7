#!/usr/bin/env node
/**
 * The command line: `threepid-generator generate`, and the commands beside it, each in a file of its own. The server's own
 * `threepid` hands them on.
 */

import { existsSync, realpathSync } from "node:fs";
import { argv, exit, stderr, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { registerGenerate } from "./cli/generate.js";
import { registerCompare } from "./compare/command.js";
import { toolchain } from "./emit/tools.js";
import { registerFuzz } from "./fuzz/command.js";
import { registerMock } from "./mock/command.js";

export { registerGenerate } from "./cli/generate.js";
export { registerCompare } from "./compare/command.js";
export { registerFuzz } from "./fuzz/command.js";
export { registerMock } from "./mock/command.js";

/** Runs the command line with the arguments after the program's name. */
export async function run(args: readonly string[]): Promise<void> {
  const program = new Command("threepid-generator").description(
    "Typed handlers, validators and clients from API documents",
  );
  const done = (code: number): void => {
    process.exitCode = code;
  };
  program.version(toolchain().generator.version, "--version", "tell the version of the generator");
  registerGenerate(program, done);
  registerMock(program);
  registerFuzz(program, done);
  registerCompare(program, done);
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

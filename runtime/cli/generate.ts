import { Command } from "commander";

/**
 * `threepid generate`: handed to the generator, which is loaded only now. Its own command line reads the arguments,
 * `--help` among them.
 */
export const generateCommand = (): Command =>
  new Command("generate")
    .description("generate typed code from API documents")
    .allowUnknownOption()
    .argument("[arguments...]")
    .action(async (given: readonly string[]) => {
      const { run } = await import("@threepid/generator/cli");
      await run(["generate", ...given]);
    });

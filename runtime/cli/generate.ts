import { Command } from "commander";

/**
 * `threepid generate`: handed to the generator, which is loaded only now. Its own command line reads the options,
 * `--help` among them.
 */
export const generateCommand = (): Command => {
  const generate = new Command("generate")
    .description("generate typed code from API documents")
    .allowUnknownOption()
    .argument("[arguments...]")
    .action(async (given: readonly string[]) => {
      const [first] = given;
      if (first !== undefined && !first.startsWith("-")) generate.error(`error: unknown command '${first}'`);
      const { registerGenerate } = await import("@threepid/generator/cli");
      const threepid = new Command("threepid").copyInheritedSettings(generate).helpOption("-h, --help");
      registerGenerate(threepid, (code) => {
        process.exitCode = code;
      });
      await threepid.parseAsync(["generate", ...given], { from: "user" });
    });
  return generate;
};

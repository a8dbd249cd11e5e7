import { Command } from "commander";

/** What the generator adds to a command line; the exit code is told when it is done. */
type Register = (program: Command, done: (code: number) => void) => void;

/** The generator is loaded only when one of its commands is called. */
const registered = async (name: "generate" | "compare"): Promise<Register> => {
  const { registerCompare, registerGenerate } = await import("@threepid/generator/cli");
  return { generate: registerGenerate, compare: registerCompare }[name];
};

/** A command of the generator's. Its own command line reads the arguments, `--help` among them. */
const handedOver = (name: "generate" | "compare", description: string): Command => {
  const command = new Command(name)
    .description(description)
    .allowUnknownOption()
    .argument("[arguments...]")
    .action(async (given: readonly string[]) => {
      const [first] = given;
      const isWord = first !== undefined && !first.startsWith("-");
      if (name === "generate" && isWord) command.error(`error: unknown command '${first}'`);
      const register = await registered(name);
      const threepid = new Command("threepid").copyInheritedSettings(command).helpOption("-h, --help");
      register(threepid, (code) => {
        process.exitCode = code;
      });
      await threepid.parseAsync([name, ...given], { from: "user" });
    });
  return command;
};

/** `threepid generate`. */
export const generateCommand = (): Command => handedOver("generate", "generate typed code from API documents");

/** `threepid compare`. */
export const compareCommand = (): Command =>
  handedOver("compare", "tell what changed between two versions of an API, and whom it breaks");

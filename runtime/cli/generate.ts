import { Command } from "commander";

/** What the generator adds to a command line; the exit code is told when it is done. */
type Register = (program: Command, done: (code: number) => void) => void;

type Name = "generate" | "compare" | "mock" | "fuzz";

/** The generator is loaded only when one of its commands is called. */
const registered = async (name: Name): Promise<Register> => {
  const { registerCompare, registerFuzz, registerGenerate, registerMock } = await import("@threepid/generator/cli");
  return { generate: registerGenerate, compare: registerCompare, mock: registerMock, fuzz: registerFuzz }[name];
};

/** A command of the generator's. Its own command line reads the arguments, `--help` among them. */
const handedOver = (name: Name, description: string): Command => {
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

/** `threepid mock`. */
export const mockCommand = (): Command => handedOver("mock", "serve API documents with made answers");

/** `threepid fuzz`. */
export const fuzzCommand = (): Command => handedOver("fuzz", "ask a running server what its document does not expect");

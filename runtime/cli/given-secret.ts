import { stdin } from "node:process";
import { text } from "node:stream/consumers";

/**
 * The one line of standard input: what stands among the arguments of a command can be read by everybody on the machine.
 * Throws where somebody would type it in sight, and where it is none.
 * @param instead the option that does without it
 */
export const givenSecret = async (what: string, instead: string): Promise<string> => {
  if (stdin.isTTY) {
    throw new Error(`${what} is read from standard input, and would be seen here; pipe it in, or use ${instead}`);
  }
  const secret = (await text(stdin)).replace(/\r?\n$/, "");
  if (secret === "" || /[\r\n]/.test(secret)) {
    throw new Error(`${what} is one line of standard input; pipe it in, or use ${instead}`);
  }
  return secret;
};

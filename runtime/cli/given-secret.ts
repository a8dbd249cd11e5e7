import { stdin } from "node:process";

/** Bytes; no secret is nearly so long. */
const longest = 64 * 1024;

/** Throws beyond its bound: whatever is piped in by mistake may have no end. */
const input = async (what: string): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  // Without an encoding set, standard input is bytes.
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new Error(`${what} is at most ${longest / 1024} KiB, and more came on standard input`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/**
 * The one line of standard input: what stands among the arguments of a command can be read by everybody on the machine.
 * Throws where somebody would type it in sight, and where it is none.
 * @param instead the option that does without it
 */
export const givenSecret = async (what: string, instead: string): Promise<string> => {
  if (stdin.isTTY) {
    throw new Error(`${what} is read from standard input, and would be seen here; pipe it in, or use ${instead}`);
  }
  const secret = (await input(what)).replace(/\r?\n$/, "");
  if (secret === "" || /[\r\n]/.test(secret)) {
    throw new Error(`${what} is one line of standard input; pipe it in, or use ${instead}`);
  }
  return secret;
};

import { once } from "node:events";

/** Prints a line; waits where whoever reads is slower than the database. */
export const print = async (line: string): Promise<void> => {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
};

/** Old user IDs and addresses may hold anything: what breaks a line or steers a terminal is shown by its number. */
export const shown = (text: string): string =>
  text.replace(/[\p{C}\u2028\u2029\\]/gu, (it) => `\\u{${(it.codePointAt(0) ?? 0).toString(16)}}`);

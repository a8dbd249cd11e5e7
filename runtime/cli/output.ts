import { once } from "node:events";

/** Prints a line; waits where whoever reads is slower than the database. */
export const print = async (line: string): Promise<void> => {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
};

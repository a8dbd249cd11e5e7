/** The folder that a database is to stand in. */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/**
 * Makes a folder and those above it that are missing, for this user alone. One step at a time: node's own recursion
 * never ends below a folder such as `/proc`, in which nothing can be made.
 * @throws Error of the file system, about the folder that could not be made
 */
export const makeFolder = (folder: string): void => {
  try {
    makeLast(folder);
  } catch (error) {
    const above = dirname(folder);
    if (codeOf(error) !== "ENOENT" || above === folder) throw error;
    makeFolder(above);
    makeLast(folder);
  }
};

/** A folder that is there already is as good; a file is found out by whoever opens what should stand in it. */
const makeLast = (folder: string): void => {
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
};

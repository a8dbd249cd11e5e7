import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/**
 * Makes a folder and those above it that are missing. One step at a time: node's own recursion never ends below a
 * folder such as `/proc`, in which nothing can be made.
 */
export const makeFolder = async (folder: string): Promise<void> => {
  try {
    await makeLast(folder);
  } catch (error) {
    const above = dirname(folder);
    if (codeOf(error) !== "ENOENT" || above === folder) throw error;
    await makeFolder(above);
    await makeLast(folder);
  }
};

/** A folder that is there already is as good; a file is found out by whoever writes into it. */
const makeLast = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
};

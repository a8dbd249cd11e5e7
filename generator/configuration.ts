/**
 * What a project has decided about `generate`, so that nobody has to type it: `threepid.generate.yaml`, or `threepid`
 * in `package.json`. Where it stands is found here; it is read, which costs more, only where it exists.
 */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GenerationError } from "./errors.js";
import type { Configuration } from "./load/options.js";

/** Whether a package says anything about us; looked at without positions, because most say nothing. */
const isMentioned = (path: string): boolean => {
  try {
    const data: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof data === "object" && data !== null && Object.hasOwn(data, "threepid");
  } catch {
    return false;
  }
};

const failed = (file: string, message: string, hint: string): GenerationError => {
  const origin = { file, pointer: "", line: 1, column: 1 };
  return new GenerationError([{ code: "missing-file", message, origin, excerpt: "", hint }]);
};

type Look = (file: string) => void;

/** The file that holds the configuration, and where in it. */
const placeOf = (
  folder: string,
  given: string | undefined,
  look: Look,
): { path: string; at: readonly string[] } | undefined => {
  if (given !== undefined) {
    look(resolve(given));
    if (existsSync(given)) return { path: resolve(given), at: given.endsWith("package.json") ? ["threepid"] : [] };
    throw failed(given, `there is no file ${given}`, "name a file of options with --config, or leave it out");
  }
  const [own, ofPackage] = [resolve(folder, "threepid.generate.yaml"), resolve(folder, "package.json")];
  for (const path of [own, ofPackage]) look(path);
  const isInPackage = isMentioned(ofPackage);
  if (existsSync(own)) {
    if (!isInPackage) return { path: own, at: [] };
    const message = "the package has a threepid.generate.yaml as well";
    throw failed("package.json", message, "keep one of the two");
  }
  return isInPackage ? { path: ofPackage, at: ["threepid"] } : undefined;
};

/**
 * The configuration of a folder, or of the file that `given` names; undefined when there is none. `look` is told of each
 * file that counts, before it is read, whether it exists or not.
 * @throws GenerationError with every option that is unknown or of the wrong shape.
 */
export async function readConfiguration(
  folder: string,
  given?: string,
  look: Look = () => undefined,
): Promise<Configuration | undefined> {
  const place = placeOf(folder, given, look);
  if (place === undefined) return undefined;
  const { readOptions } = await import("./load/options.js");
  return readOptions(place.path, place.at, look);
}

/** Documents as a git revision has them, taken out into a folder of their own. */

import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { OptionError } from "../load/input.js";

const exec = promisify(execFile);

/** More file names than any repository of documents has. */
const maxBuffer = 256 * 1024 * 1024;

/** `REV:path`; a letter alone in front of the colon is a drive. */
export function revisionOf(text: string): { readonly revision: string; readonly path: string } | undefined {
  const colon = text.indexOf(":");
  return colon < 2 ? undefined : { revision: text.slice(0, colon), path: text.slice(colon + 1) };
}

class Repository {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(folder: string, index: string) {
    this.#folder = folder;
    this.#environment = { ...process.env, GIT_INDEX_FILE: index, GIT_OPTIONAL_LOCKS: "0" };
  }

  async git(...args: readonly string[]): Promise<string> {
    const options = { cwd: this.#folder, env: this.#environment, maxBuffer };
    return (await exec("git", [...args], options)).stdout.trim();
  }
}

/** What git said last, without its own prefix. */
function said(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return (text.trim().split("\n").at(-1) ?? "").replace(/^(?:fatal|error): /u, "");
}

/**
 * Takes the documents of `text` out of the repository around `cwd`, into the folder `into`. A folder with a
 * `services.yaml` is taken alone, everything else with all that the revision has: references may lead anywhere.
 * @returns the path of what was named.
 * @throws OptionError when git knows no such revision or path.
 */
export async function takeOut(text: string, cwd: string, into: string): Promise<string> {
  const { revision, path } = revisionOf(text) ?? { revision: text, path: "" };
  mkdirSync(into, { recursive: true });
  try {
    const here = new Repository(cwd, join(into, ".index"));
    // Only the name of a commit gets any further: a revision that looks like an option is none.
    const commit = await here.git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
    const named = posix.normalize(posix.join("/", await here.git("rev-parse", "--show-prefix"), path)).slice(1);
    const top = new Repository(await here.git("rev-parse", "--show-toplevel"), join(into, ".index"));
    const wanted = named.replace(/\/$/u, "");
    await top.git("cat-file", "-e", `${commit}:${wanted}`);
    const isWhole = await top.git("cat-file", "-e", `${commit}:${posix.join(wanted, "services.yaml")}`).then(
      () => true,
      () => false,
    );
    await top.git("read-tree", isWhole ? `${commit}:${wanted}` : commit);
    await top.git("checkout-index", "--all", `--prefix=${join(into, "files")}/`);
    return isWhole ? join(into, "files") : join(into, "files", wanted);
  } catch (error) {
    throw new OptionError(
      `${text}: ${said(error)}\n  hint: name a file or folder, or REVISION:PATH of this repository`,
    );
  }
}

/** `threepid generate --watch`. */

import { resolve } from "node:path";
import { type Generated, type GenerateOptions, generate, OptionError } from "../generate.js";
import { inputOf } from "../load/input.js";
import { isUrl } from "../load/remote.js";
import { packagePlan } from "../package/options.js";
import { type Place, watchRuns } from "../watch.js";
import { decided, type Flags } from "./options.js";
import { failed, tellResult } from "./result.js";
import { progress, tellFailure, tellLines } from "./terminal.js";

type Look = (place: Place) => void;

/** Looks at all that the documents may consist of; a `spec` that is not there is waited for. */
function lookAtInput(options: GenerateOptions, look: Look): string {
  const named = "spec" in options ? options.spec : options.root;
  if (isUrl(named)) throw new OptionError("--watch cannot see when a URL changes\n  hint: keep a copy of the document");
  look({ file: resolve(named) });
  const { root, services } = inputOf(options);
  if (services !== undefined) look({ file: resolve(services) });
  const { out, client } = options;
  const own = [out, ...(client === undefined ? [] : [packagePlan(client, out).folder])];
  look({ folder: resolve(root), without: own.map((folder) => resolve(folder)) });
  return root;
}

/** A dot that stands for this folder would read as the end of a sentence. */
const placeOf = (root: string): string => (resolve(root) === resolve(".") ? "this folder" : root);

interface Round {
  readonly root: string;
  readonly out: string;
  readonly result: Generated;
}

/** Options are read anew each time: they may have been saved, too. */
async function round(flags: Flags, look: Look, report: (step: string) => void): Promise<Round> {
  const options = await decided(flags, (file) => look({ file }));
  const root = lookAtInput(options, look);
  return { root, out: options.out, result: await generate({ ...options, report }) };
}

/** Tells what is news, and the first time that it watches. */
class Teller {
  readonly #flags: Flags;
  #runs = 0;
  #failure = "";

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  tell(outcome: Round | Error): void {
    const { json = false } = this.#flags;
    // Saving twice without a remedy is no news.
    if (outcome instanceof Error && outcome.message !== this.#failure) tellFailure(outcome, json, failed);
    const isNews = this.#runs === 0 || this.#failure !== "";
    this.#failure = outcome instanceof Error ? outcome.message : "";
    if (!(outcome instanceof Error) && (isNews || outcome.result.state !== "current"))
      tellResult(outcome.result, this.#flags, outcome.out);
    this.#runs += 1;
    if (this.#runs > 1 || json) return;
    tellLines([`Watching${outcome instanceof Error ? "" : ` ${placeOf(outcome.root)}`}. Ctrl-C ends.`]);
  }

  /** Options that never went together will not do so by waiting. */
  isHopeless(outcome: Round | Error): boolean {
    return outcome instanceof OptionError && this.#runs === 0;
  }
}

/** Generates again and again, until the process is told to end. What cannot be compiled is told, and waited for. */
export async function runWatch(flags: Flags): Promise<0 | 1> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  const teller = new Teller(flags);
  let code: 0 | 1 = 0;
  const run = async (look: Look): Promise<void> => {
    const shown = progress();
    const outcome = await round(flags, look, shown.report).catch((thrown: unknown) =>
      thrown instanceof Error ? thrown : new Error(String(thrown)),
    );
    shown.end();
    if (!teller.isHopeless(outcome)) return teller.tell(outcome);
    tellFailure(outcome, flags.json ?? false, failed);
    code = 1;
    end();
  };
  await watchRuns({ run, signal: ending.signal });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  return code;
}

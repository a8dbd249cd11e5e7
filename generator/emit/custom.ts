/** Emitters that somebody else wrote: their files stand beside ours, and may not stand in their place. */

import type { ServiceModel } from "../model/model.js";
import type { EmittedFile, Emitter } from "./file.js";

/** An emitter of a project's own. */
export interface CustomEmitter {
  /** What it is called when it fails, and in the manifest. */
  readonly name: string;
  /** Called once for each service. What it answers depends on the model alone. */
  readonly emit: Emitter;
}

/** An emitter failed, or asked for a file that it may not have. */
export class EmitterError extends Error {
  override readonly name = "EmitterError";

  constructor(emitter: string, service: string, why: string, hint: string, cause?: unknown) {
    super(`the emitter ${emitter}, given the service ${service}, ${why}\n  hint: ${hint}`, { cause });
  }
}

/** Below the output folder, and nothing that a shell or another system would read as another place. */
const isPlain = (path: string): boolean =>
  /^[^\\:*?"<>|\p{Cc}]+$/u.test(path) && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The files of all emitters for one service; `taken` are the paths that others have, by lower case. */
export async function emitCustom(
  model: ServiceModel,
  emitters: readonly CustomEmitter[],
  taken: Set<string>,
): Promise<EmittedFile[]> {
  const files: EmittedFile[] = [];
  for (const { name, emit } of emitters) {
    const fail = (why: string, hint: string, cause?: unknown): EmitterError =>
      new EmitterError(name, model.name, why, hint, cause);
    const made = await Promise.resolve(model)
      .then(emit)
      .catch((error: unknown) => {
        throw fail(`failed: ${messageOf(error)}`, "correct the emitter; the cause has its stack", error);
      });
    for (const { path, text } of made) {
      const hint = "paths are relative to the output folder, with forward slashes";
      if (!isPlain(path)) throw fail(`asks for the file ${JSON.stringify(path)}, which is no path in there`, hint);
      if (taken.has(path.toLowerCase())) {
        throw fail(`asks for the file ${path}, which exists already`, "give it a name that no other emitter uses");
      }
      taken.add(path.toLowerCase());
      files.push({ path, text });
    }
  }
  return files;
}

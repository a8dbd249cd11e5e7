/** `--watch`: runs again whenever something that the last run looked at was saved. */

import { existsSync, type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** What a run looks at, by absolute paths; it need not exist yet. */
export type Place =
  | { readonly file: string }
  | {
      /** With all that is in it. */
      readonly folder: string;
      /** Folders in it that do not count: what is written there is our own. */
      readonly without: readonly string[];
    };

export interface WatchOptions {
  /** Done at the beginning, and after each change. It tells what it looks at before it looks. */
  readonly run: (look: (place: Place) => void) => Promise<void>;
  /** Ends the watch, after the run that is under way. */
  readonly signal: AbortSignal;
}

/** How long nothing must have happened, in milliseconds: an editor saves a file in several steps. */
const quiet = 40;

/** How often that is waited for: a file that never rests is read as it is. */
const patience = 50;

const isIgnored = (name: string): boolean => name === "node_modules" || name === ".git";

/** A folder and those in it; one that vanishes meanwhile has none. */
function foldersBelow(folder: string, without: readonly string[]): string[] {
  if (without.includes(folder)) return [];
  try {
    const inner = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isIgnored(entry.name))
      .flatMap(({ name }) => foldersBelow(join(folder, name), without));
    return [folder, ...inner];
  } catch {
    return [];
  }
}

/** What tells a folder from another that took its name: a watcher goes on looking at the one it was made for. */
const identityOf = (folder: string): number | undefined => statSync(folder, { throwIfNoEntry: false })?.ino;

/** Which files of a folder count. */
type Names = Set<string> | "all";

/** One watcher for each folder: a file that an editor replaces by another of its name is noticed, too. */
class Watchers {
  readonly #open = new Map<string, { readonly watcher: FSWatcher; readonly identity: number | undefined }>();
  readonly #notice: () => void;
  #wanted = new Map<string, Names>();
  /** Of the run that is under way. */
  #looked = new Map<string, Names>();

  constructor(notice: () => void) {
    this.#notice = notice;
  }

  look(place: Place): void {
    if ("file" in place) this.#lookAt(place.file);
    else if (existsSync(place.folder))
      for (const folder of foldersBelow(place.folder, place.without)) this.#want(folder, undefined);
    else this.#lookAt(place.folder);
  }

  /** Lets go of what the run that has ended did not look at. */
  settle(): void {
    this.#wanted = this.#looked;
    this.#looked = new Map();
    for (const folder of this.#open.keys()) if (!this.#wanted.has(folder)) this.#end(folder);
  }

  close(): void {
    for (const folder of this.#open.keys()) this.#end(folder);
  }

  /** What is not there yet is waited for by the nearest folder that is. */
  #lookAt(path: string): void {
    const folder = dirname(path);
    if (existsSync(folder) || folder === path) this.#want(folder, basename(path));
    else this.#lookAt(folder);
  }

  #want(folder: string, name: string | undefined): void {
    for (const map of [this.#wanted, this.#looked]) {
      const names = map.get(folder);
      if (name === undefined || names === "all") map.set(folder, "all");
      else map.set(folder, new Set([...(names ?? []), name]));
    }
    const open = this.#open.get(folder);
    if (open !== undefined && open.identity === identityOf(folder)) return;
    this.#end(folder);
    this.#begin(folder);
  }

  #begin(folder: string): void {
    try {
      const identity = identityOf(folder);
      const watcher = watch(folder, (_event, name) => {
        const names = this.#wanted.get(folder);
        if (names === "all" || name === null || names?.has(name) === true) this.#notice();
      });
      // The folder is gone: whether it comes back is seen when the others are looked at again.
      watcher.on("error", () => {
        this.#end(folder);
        this.#notice();
      });
      this.#open.set(folder, { watcher, identity });
    } catch {
      // It is gone again; the folder above it tells when it comes back.
    }
  }

  #end(folder: string): void {
    this.#open.get(folder)?.watcher.close();
    this.#open.delete(folder);
  }
}

/** Runs until the signal ends it. */
export async function watchRuns({ run, signal }: WatchOptions): Promise<void> {
  let changed = false;
  let wake = (): void => undefined;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const watchers = new Watchers(notice);
  signal.addEventListener("abort", notice, { once: true });
  try {
    while (!signal.aborted) {
      changed = false;
      await run((place) => watchers.look(place));
      watchers.settle();
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      for (let round = 0; changed && !signal.aborted && round < patience; round += 1) {
        changed = false;
        await pause(quiet);
      }
    }
  } finally {
    watchers.close();
  }
}

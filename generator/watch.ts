/** `--watch`: runs again whenever something below the watched folders was saved. */

import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface WatchOptions {
  /** Folders that are watched with all that is in them. */
  readonly folders: readonly string[];
  /** Folders that are watched by themselves. */
  readonly alone: readonly string[];
  /** A folder in them that is not: what is written there is our own. */
  readonly without: string;
  /** Done at the beginning, and after each change. */
  readonly run: () => Promise<void>;
  /** Ends the watch, after the run that is under way. */
  readonly signal: AbortSignal;
}

/** How long nothing must have happened, in milliseconds: an editor saves a file in several steps. */
const quiet = 40;

/** How often that is waited for: a file that never rests is read as it is. */
const patience = 50;

const isIgnored = (name: string): boolean => name === "node_modules" || name === ".git";

/** A folder and those in it; one that vanishes meanwhile has none. */
function foldersBelow(folder: string, without: string): string[] {
  if (folder === without) return [];
  try {
    const inner = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isIgnored(entry.name))
      .flatMap(({ name }) => foldersBelow(join(folder, name), without));
    return [folder, ...inner];
  } catch {
    return [];
  }
}

/** One watcher for each folder: a file that an editor replaces by another of its name is noticed, too. */
class Watchers {
  readonly #open = new Map<string, FSWatcher>();
  readonly #notice: () => void;

  constructor(notice: () => void) {
    this.#notice = notice;
  }

  /** Begins with folders that are new, and lets go of those that are gone. */
  follow(folders: readonly string[]): void {
    const current = new Set(folders);
    for (const [folder, watcher] of this.#open) {
      if (current.has(folder)) continue;
      watcher.close();
      this.#open.delete(folder);
    }
    for (const folder of folders) if (!this.#open.has(folder)) this.#begin(folder);
  }

  close(): void {
    this.follow([]);
  }

  #begin(folder: string): void {
    try {
      const watcher = watch(folder, this.#notice);
      // The folder is gone: whether it comes back is seen when the others are looked at again.
      watcher.on("error", () => {
        watcher.close();
        this.#open.delete(folder);
        this.#notice();
      });
      this.#open.set(folder, watcher);
    } catch {
      this.#open.delete(folder);
    }
  }
}

/** Runs until the signal ends it. */
export async function watchFolders({ folders, alone, without, run, signal }: WatchOptions): Promise<void> {
  let changed = false;
  let wake = (): void => undefined;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const watchers = new Watchers(notice);
  signal.addEventListener("abort", notice, { once: true });
  while (!signal.aborted) {
    changed = false;
    // Before the run: what is saved while it reads is noticed.
    watchers.follow([...folders.flatMap((folder) => foldersBelow(folder, without)), ...alone]);
    await run();
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
  watchers.close();
}

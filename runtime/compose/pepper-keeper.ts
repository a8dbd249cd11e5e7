/** Sees to it that the pepper changes when it is due, and that no rotation stays half done. */

import { Worker } from "node:worker_threads";
import { pepperWork } from "../identity/pepper-schedule.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { PepperRotation } from "../ports/pepper-rotation.js";
import type { Random } from "../ports/random.js";
import { workOff } from "../storage/sqlite/pepper-batches.js";

export interface PepperKeeper {
  start(): void;
  /** Ends after the batch that is under way. */
  stop(): Promise<void>;
}

interface KeeperParts {
  readonly rotation: PepperRotation;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The database; `:memory:` is seen by one connection alone, and worked on by that. */
  readonly file: string;
  /** How long a pepper is used (ms); undefined for ever. */
  readonly rotateAfterMs: number | undefined;
}

const intervalMs = 60_000;

export const pepperKeeper = (parts: KeeperParts): PepperKeeper => {
  const { rotation, clock, log, file, rotateAfterMs } = parts;
  const end = new AbortController();
  const work = (): Promise<void> =>
    file === ":memory:" ? workOff(rotation, clock, end.signal) : inThread(file, end.signal);

  const look = async (): Promise<void> => {
    try {
      const isDue = await pepperWork(parts, rotateAfterMs);
      // A thread would never hear of an end that was told before it began, and would be waited for.
      if (!isDue || end.signal.aborted) return;
      log.info("the lookup pepper is being rotated");
      await work();
      if (!end.signal.aborted) log.info("the lookup pepper was rotated");
    } catch (error) {
      // Nothing is lost: the next look goes on with it.
      log.warn("the lookup pepper could not be rotated", { reason: error instanceof Error ? error.message : "" });
    }
  };

  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  const lookOnce = (): void => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };
  return {
    start: () => {
      lookOnce();
      timer = setInterval(lookOnce, intervalMs);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      end.abort();
      await looking;
    },
  };
};

const inThread = (file: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("../storage/sqlite/pepper-worker.js", import.meta.url), { workerData: file });
    const end = (): void => worker.postMessage("end");
    signal.addEventListener("abort", end, { once: true });
    worker.once("error", reject);
    worker.once("exit", () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
  });

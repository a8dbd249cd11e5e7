/** What is done again and again beside requests: forgetting validation sessions that nobody can use any more. */

import { setImmediate } from "node:timers/promises";
import type { Logger } from "../ports/logger.js";
import type { Validation } from "../validation/validation.js";

export interface Upkeep {
  stop(): void;
}

const intervalMs = 10 * 60 * 1000;
/** An ended session is kept this long, so that people are told that it expired and not that it never was. */
const keptMs = 24 * 60 * 60 * 1000;

export const upkeep = (validation: Validation, log: Logger): Upkeep => {
  let stopped = false;
  const sweep = async (): Promise<void> => {
    try {
      // A sweep removes a bounded number, and requests are served between two of them.
      while (!stopped && (await validation.sweep(keptMs)) > 0) await setImmediate();
    } catch (error) {
      log.warn("ended validation sessions could not be removed", { reason: error instanceof Error ? error.name : "" });
    }
  };
  const timer = setInterval(() => void sweep(), intervalMs);
  timer.unref();
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
};

/** Holds in memory what lookups ask for, while the server runs. */

import type { Logger } from "../ports/logger.js";
import type { LookupHashes } from "../ports/lookup-hashes.js";
import type { Random } from "../ports/random.js";

interface Surroundings {
  readonly random: Random;
  readonly log: Logger;
}

const megabyte = 1_000_000;

export const heldLookups = (lookupHashes: LookupHashes, memoryMb: number, { random, log }: Surroundings) => {
  const end = new AbortController();
  let held: Promise<void> | undefined;
  return {
    start: (): void => {
      if (memoryMb === 0) return;
      held = lookupHashes.hold({ limitBytes: memoryMb * megabyte, random, log, signal: end.signal });
    },
    /** The database may be closed after that. */
    stop: async (): Promise<void> => {
      end.abort();
      await held;
    },
  };
};

/** Holds in memory what lookups ask for, while the server runs. */

import type { Logger } from "../ports/logger.js";
import type { LookupHashes } from "../ports/lookup-hashes.js";
import type { Random } from "../ports/random.js";

interface Surroundings {
  readonly random: Random;
  readonly log: Logger;
}

const megabyte = 1_000_000;

const tooMany = "lookups read the database: the hashes of all addresses take more memory than they may";

export const lookupHolder = (
  lookupHashes: Pick<LookupHashes, "hold">,
  memoryMb: number,
  { random, log }: Surroundings,
) => {
  const end = new AbortController();
  let held: Promise<void> | undefined;
  return {
    start: (): void => {
      if (memoryMb === 0) return;
      const { signal } = end;
      held = lookupHashes.hold({ limitBytes: memoryMb * megabyte, random, log, signal }).then(() => {
        if (!signal.aborted) log.warn(tooMany, { "identity.lookup.memory_mb": memoryMb });
      });
    },
    /** The database may be closed after that. */
    stop: async (): Promise<void> => {
      end.abort();
      await held;
    },
  };
};

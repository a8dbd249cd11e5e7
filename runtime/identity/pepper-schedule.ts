/** When the pepper of lookups changes by itself. Identity Service API v2, "Hash details". */

import type { Clock } from "../ports/clock.js";
import type { PepperRotation } from "../ports/pepper-rotation.js";
import type { Random } from "../ports/random.js";
import { newPepper } from "../protocol/lookup-hash.js";

interface SchedulePorts {
  readonly rotation: PepperRotation;
  readonly clock: Clock;
  readonly random: Random;
}

/** Whoever works on a rotation writes every few milliseconds. When nobody has for so long, nobody does. */
const abandonedAfterMs = 30_000;

/**
 * Begins a rotation that is due. Answers whether there is work that nobody does: of this rotation, or of one that was
 * cut off.
 *
 * @param rotateAfterMs how long a pepper is used; undefined for ever
 */
export const pepperWork = async (
  { rotation, clock, random }: SchedulePorts,
  rotateAfterMs: number | undefined,
): Promise<boolean> => {
  const now = clock.now();
  if (rotateAfterMs !== undefined && (await rotation.begin(newPepper(random), now, now - rotateAfterMs))) return true;
  const { next, sweeping, workedAt } = await rotation.state();
  return (next !== undefined || sweeping) && now - workedAt >= abandonedAfterMs;
};

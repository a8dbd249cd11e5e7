/** Works off what is left of a rotation, step by step, so gently that others notice nothing. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../ports/clock.js";
import type { PepperRotation, PepperState } from "../../ports/pepper-rotation.js";
import type { SqliteConnection } from "./connection.js";
import { sqlitePepperRotation } from "./identity-pepper-rotation.js";

/** After each step there is a pause of this many times what the step took, within bounds (ms). */
const pauseFactor = 4;
const shortestPauseMs = 2;
const longestPauseMs = 250;

/** Settles when nothing is left, or the signal is aborted. */
export const workOff = async (
  rotation: PepperRotation,
  clock: Clock,
  signal: AbortSignal,
  betweenSteps: () => void | Promise<void> = () => undefined,
): Promise<void> => {
  for (;;) {
    const begun = clock.now();
    if (signal.aborted || !(await rotation.step(begun))) return;
    const pause = pauseFactor * (clock.now() - begun);
    const half = Math.min(Math.max(pause, shortestPauseMs), longestPauseMs) / 2;
    await sleep(half);
    await betweenSteps();
    await sleep(half);
  }
};

/**
 * The same over a connection that does nothing else, in a thread or process that answers nobody. `told` hears of each
 * step.
 */
export const workOffApart = async (
  connection: SqliteConnection,
  clock: Clock,
  signal: AbortSignal,
  told: (state: PepperState) => void = () => undefined,
): Promise<void> => {
  const { database } = connection;
  // A batch that a failing machine loses is lost with the note of how far it came, and is done again. Not waiting for the
  // disk, it holds up no other writer; what others commit is on the disk with everything before it.
  database.pragma("synchronous = NORMAL");
  const rotation = sqlitePepperRotation(connection);
  await workOff(rotation, clock, signal, async () => {
    // What was written is moved into the file here and not by a request's commit; and some time after it was written, when
    // the turns of whoever reads have gone on, since what a reader may still need stays in the log.
    database.pragma("wal_checkpoint(PASSIVE)");
    told(await rotation.state());
  });
  database.pragma("synchronous = FULL");
};

/** What is done again and again beside requests: forgetting what nobody can use any more. */

import { setImmediate } from "node:timers/promises";
import type { AccessTokens } from "../ports/access-tokens.js";
import type { Clock } from "../ports/clock.js";
import type { Invites } from "../ports/invites.js";
import type { Logger } from "../ports/logger.js";
import type { Validation } from "../validation/validation.js";

export interface Upkeep {
  stop(): void;
}

/** Removes a bounded number of rows; answers how many. */
export type Sweep = () => Promise<number>;

const intervalMs = 10 * 60 * 1000;
/** An ended session is kept this long, so that people are told that it expired and not that it never was. */
const keptMs = 24 * 60 * 60 * 1000;

export const endedSessions =
  (validation: Pick<Validation, "sweep">): Sweep =>
  () =>
    validation.sweep(keptMs);

const rowsAtOnce = 500;

export const expiredInvites =
  (invites: Pick<Invites, "dropExpired">, clock: Clock): Sweep =>
  () =>
    invites.dropExpired(clock.now(), rowsAtOnce);

/** None where tokens hold for ever. */
export const endedAccessTokens = (
  tokens: Pick<AccessTokens, "dropIssued">,
  lifetimeMs: number | undefined,
  clock: Clock,
): readonly Sweep[] =>
  lifetimeMs === undefined ? [] : [() => tokens.dropIssued(clock.now() - lifetimeMs, rowsAtOnce)];

export const upkeep = (sweeps: readonly Sweep[], log: Logger): Upkeep => {
  let stopped = false;
  const exhaust = async (sweep: Sweep): Promise<void> => {
    try {
      // Requests are served between two sweeps.
      while (!stopped && (await sweep()) > 0) await setImmediate();
    } catch (error) {
      log.warn("what has ended could not be removed", { reason: error instanceof Error ? error.name : "" });
    }
  };
  const round = async (): Promise<void> => {
    for (const sweep of sweeps) await exhaust(sweep);
  };
  const timer = setInterval(() => void round(), intervalMs);
  timer.unref();
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
};

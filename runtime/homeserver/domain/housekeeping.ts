import type { Clock } from "../../ports/clock.js";
import type { DelegatedSessions } from "../../ports/delegated-sessions.js";
import type { InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { ValidationPurposes } from "../../ports/validation-purposes.js";

/** From its opening on, whatever happens in it. */
export const interactiveSessionLifeMs = 24 * 60 * 60 * 1000;

/** Longer than any validation session: a day until it is validated, and a day from then. */
const validationLifeMs = 3 * interactiveSessionLifeMs;

const intervalMs = 60 * 60 * 1000;

export interface Housekeeping {
  /** Drops what nobody can use any more, once in an hour however often it is called. */
  sweep(): Promise<void>;
}

interface HousekeepingPorts {
  readonly interactiveSessions: InteractiveSessions;
  readonly validationPurposes: ValidationPurposes;
  readonly delegatedSessions: DelegatedSessions;
  readonly clock: Clock;
}

export const housekeeping = (ports: HousekeepingPorts): Housekeeping => {
  const { interactiveSessions, validationPurposes, delegatedSessions, clock } = ports;
  let sweptAt = clock.now();
  return {
    async sweep() {
      const now = clock.now();
      if (now - sweptAt < intervalMs) return;
      sweptAt = now;
      await interactiveSessions.dropOpenedBefore(now - interactiveSessionLifeMs);
      await validationPurposes.dropAssignedBefore(now - validationLifeMs);
      await delegatedSessions.dropRecordedBefore(now - validationLifeMs);
    },
  };
};

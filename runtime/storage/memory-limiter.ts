/** Limits counted in this process alone. */

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Limiter, LimitScope } from "../ports/limiter.js";

/** How often something may happen for one key. */
export interface Limit {
  readonly points: number;
  /** The window in milliseconds. */
  readonly durationMs: number;
}

export type Limits = Readonly<Partial<Record<LimitScope, Limit>>>;

/** The longest that a timer runs: one that is set for longer fires at once, and the counter would be gone. */
const maxDurationMs = 2 ** 31 - 1;

const counterOf = ({ points, durationMs }: Limit): RateLimiterMemory => {
  if (durationMs > maxDurationMs) throw new RangeError("a limit counts within 24 days at most");
  return new RateLimiterMemory({ points, duration: durationMs / 1000 });
};

const allowed = { allowed: true, retryAfterMs: 0 } as const;

/** A limiter with these limits; scopes without one are unlimited. Throws a RangeError for too long a window. */
export const memoryLimiter = (limits: Limits): Limiter => {
  const counters = new Map(Object.entries(limits).map(([scope, limit]) => [scope, counterOf(limit)]));
  return {
    consume: async (scope, key, cost = 1) => {
      const counter = counters.get(scope);
      if (counter === undefined) return allowed;
      try {
        await counter.consume(key, cost);
        return allowed;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return { allowed: false, retryAfterMs: refusal.msBeforeNext };
        throw refusal;
      }
    },
  };
};

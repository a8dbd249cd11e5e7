/** Limits counted in this process alone. */

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Consumption, Limiter, LimitScope } from "../ports/limiter.js";

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

const allowed: Consumption = { allowed: true, retryAfterMs: 0 };
const unlimited = Promise.resolve(allowed);

const allow = (): Consumption => allowed;

const refuse = (refusal: unknown): Consumption => {
  if (refusal instanceof RateLimiterRes) return { allowed: false, retryAfterMs: refusal.msBeforeNext };
  throw refusal;
};

/** A limiter with these limits; scopes without one are unlimited. Throws a RangeError for too long a window. */
export const memoryLimiter = (limits: Limits): Limiter => {
  const counters = new Map(Object.entries(limits).map(([scope, limit]) => [scope, counterOf(limit)]));
  return {
    consume: (scope, key, cost = 1) => {
      const counter = counters.get(scope);
      if (counter === undefined) return unlimited;
      return cost === 0 ? ask(counter, key) : counter.consume(key, cost).then(allow, refuse);
    },
  };
};

/** Asking leaves no counter behind. */
const ask = async (counter: RateLimiterMemory, key: string): Promise<Consumption> => {
  const counted = await counter.get(key);
  return counted === null || counted.consumedPoints <= counter.points ? allowed : refuse(counted);
};

/** Limits counted in this process alone, in memory that is bounded however many are counted. */

import { hash } from "node:crypto";
import type { Clock } from "../ports/clock.js";
import type { Consumption, Limiter, LimitScope } from "../ports/limiter.js";

/** How often something may happen for one key. */
export interface Limit {
  readonly points: number;
  /** The window in milliseconds; it begins with the first event. */
  readonly durationMs: number;
}

export type Limits = Readonly<Partial<Record<LimitScope, Limit>>>;

/** Keys that are counted for one scope at the same time: a few megabytes, since long ones are counted by their hash. */
const defaultMost = 50_000;

/** Strangers choose some of the keys, and how long they are. A hash is as long as no key that is kept as it is. */
const hashLength = 64;
const short = (key: string): string => (key.length < hashLength ? key : hash("sha256", key, "hex"));

interface Counter {
  consumed: number;
  readonly endsAt: number;
}

const allowed: Consumption = { allowed: true, retryAfterMs: 0 };

/**
 * The counters of one scope. Where there are too many the oldest is forgotten, first of those that used up less than half
 * of what they may: a crowd of strangers who each did little makes nobody's tries on a victim count anew. For that, as many
 * others as there is room for would have to do half of what they may, which gains them less than they had already.
 */
const counting = ({ points, durationMs }: Limit, { now: time }: Clock, most: number) => {
  // In the order in which they began, and the second in which they came there.
  const light = new Map<string, Counter>();
  const heavy = new Map<string, Counter>();

  const forgetEnded = (counters: Map<string, Counter>, now: number): void => {
    for (const [key, { endsAt }] of counters) {
      if (endsAt > now) return;
      counters.delete(key);
    }
  };

  const makeRoom = (): void => {
    if (light.size + heavy.size < most) return;
    const counters = light.size > 0 ? light : heavy;
    for (const [key] of counters) {
      counters.delete(key);
      return;
    }
  };

  const find = (key: string, now: number): Counter | undefined => {
    const found = light.get(key) ?? heavy.get(key);
    return found !== undefined && found.endsAt > now ? found : undefined;
  };

  const take = (key: string, cost: number, now: number): Counter => {
    const found = find(key, now);
    const counter = found ?? { consumed: 0, endsAt: now + durationMs };
    counter.consumed += cost;
    if (counter.consumed * 2 >= points) {
      if (!heavy.has(key) && !light.delete(key)) makeRoom();
      heavy.set(key, counter);
    } else if (found === undefined) {
      heavy.delete(key);
      makeRoom();
      light.set(key, counter);
    }
    return counter;
  };

  const verdict = (counter: Counter | undefined, now: number): Consumption =>
    counter === undefined || counter.consumed <= points
      ? allowed
      : { allowed: false, retryAfterMs: counter.endsAt - now };

  return (key: string, cost: number): Consumption => {
    const now = time();
    forgetEnded(light, now);
    forgetEnded(heavy, now);
    // Asking leaves no counter behind.
    return verdict(cost === 0 ? find(key, now) : take(key, cost, now), now);
  };
};

/**
 * A limiter with these limits; scopes without one are unlimited.
 * @param most how many keys are counted for one scope at the same time
 */
export const memoryLimiter = (limits: Limits, clock: Clock, most = defaultMost): Limiter => {
  const scopes = new Map(Object.entries(limits).map(([scope, limit]) => [scope, counting(limit, clock, most)]));
  return { consume: (scope, key, cost = 1) => scopes.get(scope)?.(short(key), cost) ?? allowed };
};

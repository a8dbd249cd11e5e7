import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { memoryLimiter } from "../../../runtime/storage/memory-limiter.js";
import { fakeClock } from "../fakes.js";

const allowed = { allowed: true, retryAfterMs: 0 };

/** What is left once everything was thrown away that nobody holds. */
const heapUsed = (): number => {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  return process.memoryUsage().heapUsed;
};

describe("a limiter in memory", () => {
  it("counts by scope and key, says how long to wait, and forgets", async () => {
    const clock = fakeClock(0);
    const limiter = memoryLimiter({ "send.ip": { points: 2, durationMs: 10_000 } }, clock);
    const consume = (key: string, cost?: number) => limiter.consume("send.ip", key, cost);
    expect(await consume("a")).toEqual(allowed);
    clock.advance(4_000);
    expect(await consume("a")).toEqual(allowed);
    expect(await consume("a")).toEqual({ allowed: false, retryAfterMs: 6_000 });
    expect(await consume("b")).toEqual(allowed);
    expect((await consume("c", 3)).allowed).toBe(false);
    clock.advance(5_999);
    expect(await consume("a")).toEqual({ allowed: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(await consume("a")).toEqual(allowed);
    expect((await consume("c")).allowed, "its window began later").toBe(false);
  });

  it("is asked without being used up", async () => {
    const clock = fakeClock(0);
    const limiter = memoryLimiter({ "secret.sid": { points: 2, durationMs: 10_000 } }, clock);
    const ask = () => limiter.consume("secret.sid", "a", 0);
    expect([await ask(), await ask(), await ask()]).toEqual([allowed, allowed, allowed]);
    await limiter.consume("secret.sid", "a", 2);
    expect(await ask()).toEqual(allowed);
    expect((await limiter.consume("secret.sid", "a")).allowed).toBe(false);
    expect(await ask()).toEqual({ allowed: false, retryAfterMs: 10_000 });
    expect(await limiter.consume("secret.sid", "b", 0)).toEqual(allowed);
    clock.advance(10_000);
    expect(await ask()).toEqual(allowed);
  });

  it("counts through long windows, and by fractions", async () => {
    const clock = fakeClock(0);
    const longest = { points: 1, durationMs: 24 * 86_400_000 };
    const limiter = memoryLimiter({ "send.ip": longest }, clock);
    for (let i = 0; i < 16; i += 1) expect(await limiter.consume("send.ip", "a", 1 / 16)).toEqual(allowed);
    clock.advance(longest.durationMs - 1);
    expect(await limiter.consume("send.ip", "a", 1 / 16)).toEqual({ allowed: false, retryAfterMs: 1 });
  });

  it("counts long keys each for itself, in little memory", async () => {
    const limiter = memoryLimiter({ "send.ip": { points: 1, durationMs: 1000 } }, fakeClock(0));
    const long = (index: number) => String(index).padEnd(20_000, "a");
    const before = heapUsed();
    for (let i = 0; i < 1000; i += 1) expect(await limiter.consume("send.ip", long(i))).toEqual(allowed);
    expect(heapUsed() - before).toBeLessThan(5_000_000);
    expect((await limiter.consume("send.ip", long(7))).allowed).toBe(false);
  });

  it("leaves alone what has no limit", async () => {
    const limiter = memoryLimiter({ "send.ip": { points: 1, durationMs: 1000 } }, fakeClock(0));
    for (let i = 0; i < 5; i++) expect((await limiter.consume("bind.ip", "a")).allowed).toBe(true);
  });
});

describe("before a flood of keys, a limiter in memory", () => {
  const most = 100;
  const setUp = (points: number) => {
    const clock = fakeClock(0);
    const limiter = memoryLimiter({ "submit.address": { points, durationMs: 1_000 } }, clock, most);
    const consume = async (key: string, cost?: number) => (await limiter.consume("submit.address", key, cost)).allowed;
    const flood = async (times: number, cost?: number) => {
      for (let i = 0; i < times; i += 1) await consume(`flood ${i}`, cost);
    };
    return { clock, consume, flood };
  };

  it("forgets the oldest of those that did little", async () => {
    const { consume, flood } = setUp(4);
    await consume("first");
    await flood(most - 1);
    expect(await consume("first", 3), "there was room for all").toBe(true);
    const { consume: again, flood: more } = setUp(4);
    await again("first");
    await more(most);
    expect(await again("first", 4), "it counts anew").toBe(true);
  });

  it.each([
    ["used up what it may", 5],
    ["used up half of it", 2],
  ])("forgets nobody who %s, however many did little", async (_, spent) => {
    const { consume, flood } = setUp(4);
    await consume("attacked", spent);
    await flood(100 * most);
    expect(await consume("attacked", 3)).toBe(false);
  });

  it("forgets the oldest where all did much: what that costs is more than it gains", async () => {
    const { consume, flood } = setUp(4);
    await consume("attacked", 5);
    await flood(most - 1, 2);
    expect(await consume("attacked", 0)).toBe(false);
    await consume("one more", 2);
    expect(await consume("attacked")).toBe(true);
  });

  it("has room again when their time is over", async () => {
    const { consume, flood, clock } = setUp(4);
    await flood(most);
    clock.advance(1_000);
    await consume("first");
    await flood(most - 1);
    expect(await consume("first", 4)).toBe(false);
  });
});

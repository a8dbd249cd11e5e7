import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memoryLimiter } from "../../../runtime/storage/memory-limiter.js";

describe("a limiter in memory", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts by scope and key, says how long to wait, and forgets", async () => {
    const limiter = memoryLimiter({ "send.ip": { points: 2, durationMs: 10_000 } });
    const consume = (key: string, cost?: number) => limiter.consume("send.ip", key, cost);
    expect(await consume("a")).toEqual({ allowed: true, retryAfterMs: 0 });
    expect(await consume("a")).toEqual({ allowed: true, retryAfterMs: 0 });
    const refused = await consume("a");
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfterMs).toBeGreaterThan(9_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(10_000);
    expect((await consume("b")).allowed).toBe(true);
    expect((await consume("c", 3)).allowed).toBe(false);
    vi.advanceTimersByTime(10_001);
    expect((await consume("a")).allowed).toBe(true);
  });

  it("is asked without being used up", async () => {
    const limiter = memoryLimiter({ "secret.sid": { points: 2, durationMs: 10_000 } });
    const ask = async () => (await limiter.consume("secret.sid", "a", 0)).allowed;
    expect([await ask(), await ask(), await ask()]).toEqual([true, true, true]);
    await limiter.consume("secret.sid", "a", 2);
    expect(await ask()).toBe(true);
    expect((await limiter.consume("secret.sid", "a")).allowed).toBe(false);
    const refused = await limiter.consume("secret.sid", "a", 0);
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfterMs).toBeGreaterThan(9_000);
    expect((await limiter.consume("secret.sid", "b", 0)).allowed).toBe(true);
    vi.advanceTimersByTime(10_001);
    expect(await ask()).toBe(true);
  });

  it("counts through the longest window, and refuses one that it could not keep", async () => {
    const longest = { points: 1, durationMs: 24 * 86_400_000 };
    const limiter = memoryLimiter({ "send.ip": longest });
    await limiter.consume("send.ip", "a");
    vi.advanceTimersByTime(longest.durationMs - 1);
    expect((await limiter.consume("send.ip", "a")).allowed).toBe(false);
    expect(() => memoryLimiter({ "send.ip": { points: 1, durationMs: 25 * 86_400_000 } })).toThrow(RangeError);
  });

  it("leaves alone what has no limit", async () => {
    const limiter = memoryLimiter({ "send.ip": { points: 1, durationMs: 1000 } });
    for (let i = 0; i < 5; i++) expect((await limiter.consume("bind.ip", "a")).allowed).toBe(true);
  });
});

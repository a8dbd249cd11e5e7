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

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { waitFor } from "../../../runtime/client/patience.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const limited = { ok: false, errcode: "M_LIMIT_EXCEEDED", error: "?", status: 429, retryAfterMs: 2 ** 40 } as const;

it.each([
  ["that the caller wants", undefined, 2 ** 40],
  ["that the server asks for", limited, 1],
])("a pause longer than timers can be, %s, is no pause of nothing", async (_, seen, intervalMs) => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return seen;
  };
  const [end, reason] = [new AbortController(), new Error("enough")];
  const waiting = waitFor(look, { timeoutMs: Number.POSITIVE_INFINITY, intervalMs, signal: end.signal });
  const ended = expect(waiting).rejects.toBe(reason);
  await vi.advanceTimersByTimeAsync(60_000);
  end.abort(reason);
  await ended;
  expect(looks).toBe(1);
});

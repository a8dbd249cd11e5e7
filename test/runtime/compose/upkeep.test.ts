import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { expiredInvites, type Upkeep, upkeep } from "../../../runtime/compose/upkeep.js";
import { fakeLogger } from "../fakes.js";

const interval = 10 * 60 * 1000;

let kept: Upkeep | undefined;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  kept?.stop();
  vi.useRealTimers();
});

/** A sweep that removes these numbers of rows, one each time it is asked, and then none. */
const sweeping = (...rows: readonly number[]) => {
  const left = [...rows];
  return vi.fn(async () => left.shift() ?? 0);
};

it("sweeps each kind until nothing is left, although another one fails", async () => {
  const log = fakeLogger();
  const failing = vi.fn(() => Promise.reject(new Error("the disk is full")));
  const long = sweeping(500, 500, 3);
  kept = upkeep([failing, long], log);
  expect(failing).not.toHaveBeenCalled();
  vi.advanceTimersByTime(interval);
  await vi.waitUntil(() => long.mock.calls.length === 4);
  expect(log.lines).toEqual(['warn what has ended could not be removed {"reason":"Error"}']);
});

it("removes invites that have expired by the clock, a number of them at once", async () => {
  const dropExpired = vi.fn(async () => 3);
  expect(await expiredInvites({ dropExpired }, { now: () => 1_234 })()).toBe(3);
  expect(dropExpired).toHaveBeenCalledExactlyOnceWith(1_234, 500);
});

it("ends when it is told to, in the middle of a sweep too", async () => {
  const sweep = sweeping(1, 1);
  const stopping = vi.fn(async () => {
    kept?.stop();
    return sweep();
  });
  kept = upkeep([stopping, sweep], fakeLogger());
  vi.advanceTimersByTime(interval);
  await turn();
  vi.advanceTimersByTime(interval);
  await turn();
  expect(sweep).toHaveBeenCalledTimes(1);
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type PepperKeeper, pepperKeeper } from "../../../runtime/compose/pepper-keeper.js";
import type { PepperRotation } from "../../../runtime/ports/pepper-rotation.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { fakeClock, fakeLogger } from "../fakes.js";

const minute = 60_000;
const current = { pepper: "first", createdAt: 0 };

let keeper: PepperKeeper | undefined;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(async () => {
  await keeper?.stop();
  vi.useRealTimers();
});

/** A rotation with so many steps to do, which fails at each step while `failing`. */
const rotating = (steps: number) => {
  const it = { left: steps, failing: false, taken: 0 };
  const rotation: PepperRotation = {
    begin: async () => false,
    state: async () => ({ current, next: undefined, sweeping: it.left > 0, workedAt: 0 }),
    step: async () => {
      if (it.failing) throw new Error("the disk is full");
      it.taken += 1;
      it.left -= 1;
      return it.left >= 0;
    },
  };
  return { rotation, it };
};

const keep = (rotation: PepperRotation, log = fakeLogger()) => {
  keeper = pepperKeeper({
    rotation,
    log,
    clock: fakeClock(),
    random: systemRandom,
    file: ":memory:",
    rotateAfterMs: undefined,
  });
  keeper.start();
  return log;
};

it("finishes at the start what a killed process left, and says so", async () => {
  const { rotation, it: work } = rotating(3);
  const log = keep(rotation);
  await vi.waitUntil(() => log.lines.length === 2);
  expect(work.left).toBe(-1);
  expect(log.lines).toEqual(["info the lookup pepper is being rotated", "info the lookup pepper was rotated"]);
});

it("looks again each minute, also after a failure", async () => {
  const { rotation, it: work } = rotating(1);
  work.failing = true;
  const log = keep(rotation);
  await vi.waitUntil(() => log.lines.length === 2);
  expect(log.lines[1]).toBe('warn the lookup pepper could not be rotated {"reason":"the disk is full"}');
  work.failing = false;
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(minute);
  await vi.waitUntil(() => log.lines.at(-1) === "info the lookup pepper was rotated");
});

it("begins nothing when it is told to end at once", async () => {
  const { rotation, it: work } = rotating(3);
  const log = keep(rotation);
  await keeper?.stop();
  expect(log.lines).toEqual([]);
  expect(work.taken).toBe(0);
});

it("ends after the step that is under way when it is told to", async () => {
  const { rotation, it: work } = rotating(1_000_000);
  keep(rotation);
  await vi.waitUntil(() => work.taken > 0);
  await keeper?.stop();
  const taken = work.taken;
  expect(taken).toBeLessThan(1_000);
  vi.advanceTimersByTime(minute);
  await new Promise((resolve) => setImmediate(resolve));
  expect(work.taken).toBe(taken);
});

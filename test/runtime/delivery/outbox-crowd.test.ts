import { describe, expect, it, vi } from "vitest";
import { defaultOutboxSettings } from "../../../runtime/delivery/outbox-worker.js";
import { workerOver } from "./outbox-worker.js";

describe("an outbox worker before a crowd of destinations that never answer", () => {
  /** Sends to whom does not hang; remembers who was begun, and how many hang at the most. */
  const crowd = (concurrency: number, unproven: number, failing: number) => {
    const sent: unknown[] = [];
    const hanging = new Set<() => void>();
    const fail = new Set<unknown>();
    let most = 0;
    const parts = workerOver(
      ({ name }) => {
        if (fail.has(name)) return Promise.reject(new Error("no answer"));
        if (!String(name).startsWith("hangs")) {
          sent.push(name);
          return Promise.resolve();
        }
        return new Promise((_resolve, reject) => {
          const giveUp = () => reject(new Error("no answer"));
          hanging.add(giveUp);
          most = Math.max(most, hanging.size);
        });
      },
      { ...defaultOutboxSettings, concurrency, unproven, failing, firstRetryMs: 1, maxRetryMs: 1, graceMs: 0 },
    );
    const add = (names: readonly string[], dueAt = 0) =>
      parts.outbox.add(
        names.map((name) => ({ kind: "mail", payload: { name }, dueAt, destination: `${name}.example` })),
      );
    /** Those that hang answer nothing until their time is over. */
    const timeOut = () => {
      const over = [...hanging];
      hanging.clear();
      for (const giveUp of over) giveUp();
    };
    const many = Array.from({ length: 100 }, (_, i) => `hangs${i}`);
    const stop = async () => {
      const stopped = parts.worker.stop();
      while (hanging.size > 0) {
        timeOut();
        await new Promise(setImmediate);
      }
      await stopped;
    };
    return { ...parts, sent, fail, hanging, add, many, timeOut, mostHanging: () => most, stop };
  };

  it("keeps places for those that answered last time, which go first", async () => {
    const { worker, add, many, sent, hanging, mostHanging, stop } = crowd(4, 3, 1);
    worker.start();
    await add(["good"]);
    worker.wake();
    await vi.waitUntil(() => sent.length === 1);
    await add(many);
    worker.wake();
    await vi.waitUntil(() => hanging.size === 3);
    for (let i = 2; i < 10; i += 1) {
      await add(["good"]);
      worker.wake();
      await vi.waitUntil(() => sent.length === i);
    }
    expect(mostHanging()).toBe(3);
    await stop();
  });

  it("keeps a place for who is new, and one for who failed, however much there is for those that answered", async () => {
    const { worker, add, sent, clock, fail, stop } = crowd(3, 2, 1);
    const good = Array.from({ length: 10 }, (_, i) => `good${i}`);
    await add(good);
    await add(["failed"]);
    fail.add("failed");
    for (let tries = 0; tries < 2; tries += 1) {
      while ((await worker.runDue()) > 0);
      clock.advance(1);
    }
    fail.clear();
    sent.length = 0;
    for (let i = 0; i < 5; i += 1) await add(good);
    await add(["new"]);
    worker.start();
    await vi.waitUntil(() => sent.length === 52);
    expect(Math.max(sent.indexOf("new"), sent.indexOf("failed"))).toBeLessThan(3);
    await stop();
  });

  it("keeps places for those that are new from those that failed before", async () => {
    const { worker, add, many, sent, hanging, clock, timeOut, stop } = crowd(4, 3, 1);
    await add(many);
    worker.start();
    worker.wake();
    // Each is tried, and once more: from then on they are known.
    for (let tries = 0; tries < 2 * many.length; ) {
      await vi.waitUntil(() => hanging.size > 0);
      tries += hanging.size;
      clock.advance(1);
      timeOut();
      worker.wake();
    }
    await vi.waitUntil(() => hanging.size === 1);
    await add(["newcomer", "another"], clock.now());
    worker.wake();
    await vi.waitUntil(() => sent.length === 2);
    expect(hanging.size).toBe(1);
    await stop();
  });

  it("does not look for what there is no place for: what ends makes one", async () => {
    const { worker, outbox, add, many, hanging, stop } = crowd(4, 1, 1);
    await add(many);
    const asked = vi.spyOn(outbox, "nextDue");
    worker.start();
    await vi.waitUntil(() => hanging.size === 1 && asked.mock.calls.length > 0);
    expect(asked.mock.calls.at(-1)).toEqual(["mail", "proven"]);
    await stop();
  });
});

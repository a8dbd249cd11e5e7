import { describe, expect, it, vi } from "vitest";
import {
  type Cause,
  defaultOutboxSettings,
  type OutboxWorker,
  outboxWorker,
  type Sender,
} from "../../../runtime/delivery/outbox-worker.js";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { sqliteOutbox } from "../../../runtime/storage/sqlite/outbox.js";
import { fakeClock, fakeLogger } from "../fakes.js";

const setUp = (mail: Sender, settings = defaultOutboxSettings, stands?: Cause) => {
  const connection = openSqlite(":memory:");
  migrate(connection, baseMigrations, 0);
  const outbox = sqliteOutbox(connection);
  const clock = fakeClock(0);
  const log = fakeLogger();
  const ports = { outbox, clock, log, random: systemRandom };
  const worker: OutboxWorker = outboxWorker({ ...ports, kind: "mail", send: mail, stands }, settings);
  const add = (...names: string[]) => outbox.add(names.map((name) => ({ kind: "mail", payload: { name }, dueAt: 0 })));
  /** Something for a destination, which is added last to it. */
  const addFor = (destination: string, ...names: string[]) =>
    outbox.add(names.map((name) => ({ kind: "mail", payload: { name }, dueAt: 0, destination })));
  return { connection, outbox, clock, log, worker, add, addFor };
};

describe("the outbox worker", () => {
  it("sends each entry once", async () => {
    const sent: unknown[] = [];
    const { worker, add, outbox } = setUp(async ({ name }) => {
      sent.push(name);
    });
    await add("a", "b");
    expect(await worker.runDue()).toBe(2);
    expect(await worker.runDue()).toBe(0);
    expect(sent).toEqual(["a", "b"]);
    expect(await outbox.nextDue("mail")).toBeUndefined();
  });

  it("waits longer after each failure, up to a limit, and says why", async () => {
    let tries = 0;
    const { worker, add, outbox, clock, log } = setUp(
      async () => {
        tries += 1;
        throw new Error("no answer");
      },
      { ...defaultOutboxSettings, firstRetryMs: 1000, maxRetryMs: 5000 },
    );
    await add("a");
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      await worker.runDue();
      const due = (await outbox.nextDue("mail")) ?? Number.NaN;
      waits.push(due - clock.now());
      clock.advance(due - clock.now());
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(tries).toBe(5);
    expect(log.lines[0]).toMatch(/^warn .*"reason":"no answer"/);
  });

  it.each([
    ["after the last try", new Error("no answer"), 3],
    ["when it can never be delivered", new DeliveryError("destination-rejected", "no such mailbox"), 1],
    ["after the last try although it was refused", new DeliveryError("refused", "not now"), 3],
  ])("sets an entry aside %s", async (_, failure, expected) => {
    let tries = 0;
    const { worker, add, outbox, clock, log } = setUp(
      async () => {
        tries += 1;
        throw failure;
      },
      { ...defaultOutboxSettings, maxAttempts: 3 },
    );
    await add("a");
    for (let i = 0; i < 5; i++) {
      await worker.runDue();
      clock.advance(defaultOutboxSettings.maxRetryMs);
    }
    expect(tries).toBe(expected);
    expect(await outbox.nextDue("mail")).toBeUndefined();
    expect(log.lines.at(-1)).toMatch(/^error /);
  });

  it("leaves entries of other kinds to their own workers", async () => {
    const sent: unknown[] = [];
    const { worker, outbox } = setUp(async (payload) => void sent.push(payload));
    await outbox.add([{ kind: "pigeon", payload: {}, dueAt: 0 }]);
    expect(await worker.runDue()).toBe(0);
    expect(sent).toEqual([]);
    expect(await outbox.nextDue("pigeon")).toBe(0);
  });

  it("waits as long as the receiver asks for, where that is longer", async () => {
    const waits = [100, 9_000];
    const { worker, add, outbox, clock } = setUp(
      async () => {
        throw new DeliveryError("unreachable", "busy", { retryAfterMs: waits.shift() });
      },
      { ...defaultOutboxSettings, firstRetryMs: 1000 },
    );
    await add("a");
    await worker.runDue();
    expect(await outbox.nextDue("mail")).toBe(1000);
    clock.advance(1000);
    await worker.runDue();
    expect(await outbox.nextDue("mail")).toBe(10_000);
  });

  it("sets aside what is too old when it fails, and says for whom", async () => {
    const { worker, addFor, outbox, clock, log } = setUp(
      async () => {
        throw new Error("no answer");
      },
      { ...defaultOutboxSettings, firstRetryMs: 600, maxAgeMs: 1000 },
    );
    await addFor("dead.example", "a");
    await worker.runDue();
    clock.advance(999);
    await worker.runDue();
    expect(log.lines.at(-1)).toMatch(/^warn /);
    clock.advance(1200);
    await worker.runDue();
    expect(log.lines.at(-1)).toMatch(
      /^error An outbox entry was set aside after its last try failed .*"destination":"dead.example"/,
    );
    expect(await outbox.nextDue("mail")).toBeUndefined();
  });

  it("lets a destination that never answers hold up nobody else, whatever waits for it", async () => {
    const sent: unknown[] = [];
    let begun = 0;
    const { worker, addFor, outbox } = setUp(
      ({ name }, signal) => {
        if (name !== "stuck") {
          sent.push(name);
          return Promise.resolve();
        }
        begun += 1;
        return new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("called off"))),
        );
      },
      { ...defaultOutboxSettings, concurrency: 2, graceMs: 0 },
    );
    await addFor("dead.example", ...Array.from({ length: 50 }, () => "stuck"));
    await addFor("alive.example", "a", "b", "c");
    await addFor("other.example", "d");
    worker.start();
    await vi.waitUntil(() => sent.length === 4);
    expect(sent.filter((name) => name !== "d")).toEqual(["a", "b", "c"]);
    expect(begun).toBe(1);
    await worker.stop();
    expect(await outbox.nextDue("mail")).toBe(defaultOutboxSettings.firstRetryMs);
  });

  describe("before a crowd of destinations that never answer", () => {
    /** Sends to whom does not hang; remembers who was begun, and how many hang at the most. */
    const crowd = (concurrency: number, unproven: number, failing: number) => {
      const sent: unknown[] = [];
      const hanging = new Set<() => void>();
      let most = 0;
      const parts = setUp(
        ({ name }) => {
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
      return { ...parts, sent, hanging, add, many, timeOut, mostHanging: () => most, stop };
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

  it("does not send what has no cause any more, and takes no destination for proven by that", async () => {
    const sent: unknown[] = [];
    const { worker, addFor, outbox, clock } = setUp(
      async ({ name }) => void sent.push(name),
      defaultOutboxSettings,
      async ({ name }) => name !== "dissolved",
    );
    await addFor("a.example", "dissolved", "stands");
    expect(await worker.runDue()).toBe(1);
    const [next] = await outbox.claim({ kind: "mail", now: clock.now(), leaseMs: 0, limit: 1, lease: "test" });
    expect(next).toMatchObject({ payload: { name: "stands" }, standing: "unsure" });
    expect(await worker.runDue()).toBe(1);
    expect(await worker.runDue()).toBe(0);
    expect(sent).toEqual(["stands"]);
  });

  it("begins something new as soon as one sending ends, while others last", async () => {
    const sent: unknown[] = [];
    const { worker, add } = setUp(
      ({ name }, signal) => {
        sent.push(name);
        if (name !== "slow") return Promise.resolve();
        return new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("called off"))),
        );
      },
      { ...defaultOutboxSettings, concurrency: 2, graceMs: 0 },
    );
    await add("slow", "a", "b", "c");
    worker.start();
    await vi.waitUntil(() => sent.length === 4);
    await worker.stop();
  });

  it("hands a destination's entries on in their order, one after the other", async () => {
    const sent: unknown[] = [];
    let failing = true;
    const { worker, addFor, clock } = setUp(async ({ name }) => {
      if (failing) throw new Error("no answer");
      sent.push(name);
    });
    await addFor("example.org", "a", "b", "c");
    expect(await worker.runDue()).toBe(1);
    expect(await worker.runDue(), "while the first waits, so do the others").toBe(0);
    failing = false;
    clock.advance(defaultOutboxSettings.firstRetryMs);
    for (let i = 0; i < 3; i += 1) expect(await worker.runDue()).toBe(1);
    expect(sent).toEqual(["a", "b", "c"]);
  });

  it("repeats what a crashed worker had taken, once the lease is over", async () => {
    const sent: unknown[] = [];
    const { worker, add, outbox, clock } = setUp(async ({ name }) => {
      sent.push(name);
    });
    await add("a");
    await outbox.claim({ kind: "mail", now: 0, leaseMs: 500, limit: 1, lease: "crashed" });
    expect(await worker.runDue()).toBe(0);
    clock.advance(500);
    expect(await worker.runDue()).toBe(1);
    expect(sent).toEqual(["a"]);
  });

  it("works when it is woken, through more than one batch, and stops after what is underway", async () => {
    const sent: unknown[] = [];
    let all = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      all = resolve;
    });
    const { worker, add, outbox } = setUp(async ({ name }) => {
      sent.push(name);
      if (sent.length === 20) all();
    });
    worker.start();
    await add(...Array.from({ length: 20 }, (_, i) => String(i)));
    worker.wake();
    await done;
    await worker.stop();
    expect(sent).toHaveLength(20);
    await add("late");
    worker.wake();
    expect(await outbox.nextDue("mail")).toBe(0);
  });

  it("forgets what was set aside after a while", async () => {
    const { worker, outbox, clock, connection } = setUp(
      async () => {
        throw new DeliveryError("destination-rejected", "no such mailbox");
      },
      { ...defaultOutboxSettings, keptMs: 1000 },
    );
    const rows = () => connection.database.prepare("SELECT count(*) FROM outbox").pluck().get();
    const round = async () => {
      worker.start();
      await worker.stop();
    };
    await outbox.add([{ kind: "mail", payload: {}, dueAt: 0 }]);
    await worker.runDue();
    expect(rows()).toBe(1);
    clock.advance(1001);
    await round();
    expect(rows()).toBe(0);
  });

  it("lets a sending end when it stops: called off, it might be sent twice", async () => {
    let begun = (): void => undefined;
    const underway = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let end = (): void => undefined;
    const { worker, add, outbox } = setUp((_, signal) => {
      begun();
      return new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("called off")));
        end = resolve;
      });
    });
    await add("a");
    worker.start();
    await underway;
    const stopped = worker.stop();
    end();
    await stopped;
    expect(await outbox.nextDue("mail")).toBeUndefined();
  });

  it("calls off a sending when it stops and that does not end; the entry stays", async () => {
    let begun = (): void => undefined;
    const underway = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { worker, add, outbox } = setUp(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("called off")));
          begun();
        }),
      { ...defaultOutboxSettings, graceMs: 0 },
    );
    await add("a");
    worker.start();
    await underway;
    await worker.stop();
    expect(await outbox.nextDue("mail")).toBe(defaultOutboxSettings.firstRetryMs);
  });
});

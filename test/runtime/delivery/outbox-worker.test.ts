import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { defaultOutboxSettings } from "../../../runtime/delivery/outbox-worker.js";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { workerOver } from "./outbox-worker.js";

describe("the outbox worker", () => {
  it("sends each entry once", async () => {
    const sent: unknown[] = [];
    const { worker, add, outbox } = workerOver(async ({ name }) => {
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
    const { worker, add, outbox, clock, log } = workerOver(
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
    const { worker, add, outbox, clock, log } = workerOver(
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
    const { worker, outbox } = workerOver(async (payload) => void sent.push(payload));
    await outbox.add([{ kind: "pigeon", payload: {}, dueAt: 0 }]);
    expect(await worker.runDue()).toBe(0);
    expect(sent).toEqual([]);
    expect(await outbox.nextDue("pigeon")).toBe(0);
  });

  it("waits as long as the receiver asks for, where that is longer", async () => {
    const waits = [100, 9_000];
    const { worker, add, outbox, clock } = workerOver(
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
    const { worker, addFor, outbox, clock, log } = workerOver(
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
    const { worker, addFor, outbox } = workerOver(
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

  it("does not send what has no cause any more, and takes no destination for proven by that", async () => {
    const sent: unknown[] = [];
    const { worker, addFor, outbox, clock } = workerOver(
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
    const { worker, add } = workerOver(
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
    const { worker, addFor, clock } = workerOver(async ({ name }) => {
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
    const { worker, add, outbox, clock } = workerOver(async ({ name }) => {
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
    const { worker, add, outbox } = workerOver(async ({ name }) => {
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

  it("does not try at once, again and again, what a database that cannot be written refuses, and says so once", async () => {
    const settings = { ...defaultOutboxSettings, firstRetryMs: 40 };
    let send = (): void => undefined;
    const sent = new Promise<void>((resolve) => {
      send = resolve;
    });
    const { worker, add, outbox, connection, log } = workerOver(async () => send(), settings);
    const claim = vi.spyOn(outbox, "claim");
    await add("a");
    connection.database.pragma("query_only = ON");
    const begun = performance.now();
    worker.start();
    while (claim.mock.calls.length < 4) await sleep(5);
    // However slowly this machine runs: three times 40 ms, which timers may round down.
    expect(performance.now() - begun).toBeGreaterThan(110);
    expect(log.lines).toEqual([
      'error The outbox cannot be worked off {"kind":"mail","reason":"attempt to write a readonly database"}',
    ]);
    connection.database.pragma("query_only = OFF");
    await sent;
    await worker.stop();
  });

  it("forgets what was set aside after a while", async () => {
    const { worker, outbox, clock, connection } = workerOver(
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
    const { worker, add, outbox } = workerOver((_, signal) => {
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
    const { worker, add, outbox } = workerOver(
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

import { describe, expect, it } from "vitest";
import { readiness } from "../../../runtime/observe/readiness.js";
import { fakeClock, fakeLogger } from "../fakes.js";

const opened = (check: () => Promise<void>) => {
  const clock = fakeClock();
  const log = fakeLogger();
  return { clock, log, ready: readiness({ "one database": check, other: async () => undefined }, { clock, log }) };
};

describe("readiness", () => {
  it("holds when every check does", async () => {
    const { ready, log } = opened(async () => undefined);
    expect(await ready()).toEqual({ ready: true, checks: { "one database": "ok", other: "ok" } });
    expect(log.lines).toEqual([]);
  });

  it("ends when one fails, and is told once by its code and never in its words", async () => {
    let broken: unknown = Object.assign(new Error("address alice@example.org"), { code: "SQLITE_FULL" });
    const { clock, log, ready } = opened(async () => {
      if (broken !== undefined) throw broken;
    });
    const failed = { ready: false, checks: { "one database": "failed", other: "ok" } };
    expect(await ready()).toEqual(failed);
    clock.advance(2_000);
    expect(await ready()).toEqual(failed);
    broken = undefined;
    clock.advance(2_000);
    expect(await ready()).toMatchObject({ ready: true });
    expect(log.lines).toEqual([
      'error what this server needs does not work {"check":"one database","reason":"SQLITE_FULL"}',
      'info what this server needs works again {"check":"one database"}',
    ]);
  });

  it("tries once in two seconds, however often it is asked", async () => {
    let tries = 0;
    const { clock, ready } = opened(async () => {
      tries += 1;
    });
    await Promise.all([ready(), ready(), ready()]);
    clock.advance(1_999);
    await ready();
    expect(tries).toBe(1);
    clock.advance(1);
    await ready();
    expect(tries).toBe(2);
  });
});

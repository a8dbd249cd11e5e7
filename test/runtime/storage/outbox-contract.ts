/** What every storage backend must do for work that must survive a crash. */

import { describe, expect, it } from "vitest";
import type { ClaimedEntry, Outbox } from "../../../runtime/ports/outbox.js";

interface WithOutbox {
  readonly outbox: Outbox;
}

/** @param make makes an empty storage; called once for each test */
export const outboxContract = (make: () => WithOutbox | Promise<WithOutbox>): void => {
  describe("outbox", () => {
    const entry = (name: string, dueAt: number) => ({ kind: "mail", payload: { name }, dueAt });
    const claim = (lease: string, now: number, limit = 10) => ({ kind: "mail", lease, now, limit, leaseMs: 100 });

    it("hands out what is due, once", async () => {
      const { outbox } = await make();
      expect(await outbox.nextDue("mail")).toBeUndefined();
      await outbox.add([entry("a", 20), entry("b", 10), entry("later", 1000)]);
      expect(await outbox.nextDue("mail")).toBe(10);
      const first = await outbox.claim(claim("l1", 20, 1));
      expect(first).toMatchObject([{ kind: "mail", payload: { name: "b" }, attempts: 0, lease: "l1" }]);
      expect(await outbox.claim(claim("l2", 20))).toMatchObject([{ payload: { name: "a" } }]);
      expect(await outbox.claim(claim("l3", 20))).toEqual([]);
      expect(await outbox.nextDue("mail")).toBe(120);
    });

    it("forgets what is done, and repeats what was put back or given up with its holder", async () => {
      const { outbox } = await make();
      await outbox.add([entry("done", 0), entry("postponed", 0), entry("crashed", 0), entry("abandoned", 0)]);
      const claimed = await outbox.claim(claim("l1", 0));
      const [done, postponed, crashed, abandoned] = claimed;
      if (!done || !postponed || !crashed || !abandoned) throw new Error("expected four entries");
      expect(await outbox.done(done, 0)).toBe(true);
      expect(await outbox.postpone(postponed, 50, "no answer")).toBe(true);
      expect(await outbox.abandon(abandoned, 1, "hopeless")).toBe(true);
      expect(await outbox.claim(claim("l2", 49))).toEqual([]);
      expect(await outbox.claim(claim("l2", 50))).toMatchObject([{ id: postponed.id, attempts: 1 }]);
      expect(await outbox.claim(claim("l3", 100))).toMatchObject([{ id: crashed.id, attempts: 0 }]);
      expect(await outbox.claim(claim("l4", 10_000))).toMatchObject([{ id: postponed.id }, { id: crashed.id }]);
    });

    it("forgets entries that were set aside, once they are old enough, and no others", async () => {
      const { outbox } = await make();
      await outbox.add([entry("abandoned", 0), entry("waiting", 0)]);
      const [abandoned, waiting] = await outbox.claim(claim("l1", 0));
      if (!abandoned || !waiting) throw new Error("expected two entries");
      await outbox.abandon(abandoned, 50, "hopeless");
      await outbox.postpone(waiting, 60, "no answer");
      expect(await outbox.forgetBefore(50)).toBe(0);
      expect(await outbox.forgetBefore(51)).toBe(1);
      expect(await outbox.claim(claim("l2", 60))).toMatchObject([{ id: waiting.id }]);
    });

    it("takes no word from whoever lost the lease", async () => {
      const { outbox } = await make();
      await outbox.add([entry("a", 0)]);
      const [slow] = await outbox.claim(claim("l1", 0));
      const [quick] = await outbox.claim(claim("l2", 100));
      if (!slow || !quick) throw new Error("expected the entry twice");
      expect(await outbox.done(slow, 0)).toBe(false);
      expect(await outbox.postpone(slow, 1000, "late")).toBe(false);
      expect(await outbox.abandon(slow, 1000, "late")).toBe(false);
      expect(await outbox.done(quick, 0)).toBe(true);
    });

    const entryFor = (destination: string, name: string, dueAt = 0) => ({ ...entry(name, dueAt), destination });
    const names = (entries: readonly { readonly payload: { readonly name?: unknown } }[]) =>
      entries.map(({ payload }) => payload.name);

    it("hands out what goes to one destination one after the other, whatever becomes of each", async () => {
      const { outbox } = await make();
      await outbox.add(["done", "abandoned", "postponed", "last"].map((name) => entryFor("a.example", name)));
      await outbox.add([entryFor("b.example", "elsewhere"), { ...entryFor("a.example", "other"), kind: "other" }]);
      const [done, elsewhere] = await outbox.claim(claim("l1", 0));
      if (!done || !elsewhere) throw new Error("expected one entry for each destination");
      expect([done, elsewhere]).toMatchObject([
        { payload: { name: "done" }, destination: "a.example", addedAt: 0 },
        { payload: { name: "elsewhere" }, destination: "b.example" },
      ]);
      expect(names(await outbox.claim(claim("l2", 0)))).toEqual([]);
      await outbox.done(done, 5);
      expect(await outbox.nextDue("mail")).toBe(5);
      const [abandoned] = await outbox.claim(claim("l3", 5));
      expect(abandoned).toMatchObject({ payload: { name: "abandoned" } });
      if (abandoned) await outbox.abandon(abandoned, 6, "hopeless");
      const [postponed] = await outbox.claim(claim("l4", 6));
      expect(postponed).toMatchObject({ payload: { name: "postponed" }, attempts: 0 });
      if (postponed) await outbox.postpone(postponed, 50, "no answer");
      expect(names(await outbox.claim(claim("l5", 49)))).toEqual([]);
      const [again] = await outbox.claim(claim("l6", 50));
      expect(again).toMatchObject({ id: postponed?.id, attempts: 1 });
      if (again) await outbox.done(again, 50);
      expect(names(await outbox.claim(claim("l7", 50)))).toEqual(["last"]);
    });

    it("replaces what has the same topic and nobody is sending, in its place", async () => {
      const { outbox } = await make();
      const about = (topic: string, name: string) => ({ ...entryFor("a.example", name), topic });
      await outbox.add([about("x", "x1"), about("y", "y1"), about("y", "y2"), about("x", "x2")]);
      const [first] = await outbox.claim(claim("l1", 0));
      expect(first).toMatchObject({ payload: { name: "x2" } });
      await outbox.add([about("x", "x3")]);
      if (first) await outbox.done(first, 0);
      const [second] = await outbox.claim(claim("l2", 0));
      expect(second).toMatchObject({ payload: { name: "y2" } });
      if (second) await outbox.done(second, 0);
      const [third] = await outbox.claim(claim("l3", 0));
      expect(third).toMatchObject({ payload: { name: "x3" } });
      if (third) await outbox.abandon(third, 0, "hopeless");
      await outbox.add([about("x", "x4")]);
      expect(names(await outbox.claim(claim("l4", 0)))).toEqual(["x4"]);
    });

    it("keeps one entry of a destination underway, whoever claims and however often", async () => {
      const { outbox } = await make();
      await outbox.add(Array.from({ length: 30 }, (_, i) => entryFor(`${i % 3}.example`, String(i))));
      const claims = await Promise.all(Array.from({ length: 10 }, (_, i) => outbox.claim(claim(`l${i}`, 0))));
      expect(names(claims.flat())).toEqual(["0", "1", "2"]);
    });

    it("hands out first what goes to those who answered last time, and last what fails again and again", async () => {
      const { outbox } = await make();
      const claimed = async (now: number, limits: { limit?: number; unproven?: number; failing?: number } = {}) =>
        outbox.claim({ ...claim("l", now), ...limits });
      await outbox.add(["good", "bad", "worse"].map((name) => entryFor(`${name}.example`, name)));
      const first = await claimed(0);
      expect(first.map(({ standing }) => standing)).toEqual(["unsure", "unsure", "unsure"]);
      const [good, bad, worse] = first;
      if (!good || !bad || !worse) throw new Error("expected three entries");
      await outbox.done(good, 1);
      await outbox.postpone(bad, 5000, "no answer");
      await outbox.postpone(worse, 2, "no answer");
      const [again] = await claimed(2);
      expect(again).toMatchObject({ payload: { name: "worse" }, standing: "failing" });
      if (again) await outbox.postpone(again, 3, "no answer");
      await outbox.add([entryFor("new.example", "new", 4), entryFor("good.example", "good again", 5)]);
      expect(names(await claimed(10, { limit: 1 }))).toEqual(["good again"]);
      expect(names(await claimed(10, { unproven: 0 }))).toEqual([]);
      expect(names(await claimed(10, { failing: 0 }))).toEqual(["new"]);
      expect(await outbox.nextDue("mail", "proven"), "a lease is looked at again").toBe(110);
      expect(await outbox.nextDue("mail", "unsure")).toBe(110);
      expect(await outbox.nextDue("mail", "failing")).toBe(3);
      expect(names(await claimed(10, { unproven: 1 }))).toEqual(["worse"]);
    });

    it("hands out one of those that go first before all others, as far as there is room for it", async () => {
      const { outbox } = await make();
      const all = ["a", "b", "c"];
      await outbox.add(all.map((name) => entryFor(`${name}.proven.example`, name)));
      for (const entry of await outbox.claim(claim("l1", 0))) await outbox.done(entry, 0);
      await outbox.add(all.map((name) => entryFor(`${name}.failing.example`, name)));
      for (const now of [0, 1]) {
        for (const entry of await outbox.claim(claim("l2", now))) await outbox.postpone(entry, now + 1, "no answer");
      }
      await outbox.add(all.map((name) => entryFor(`${name}.unsure.example`, name)));
      await outbox.add(all.map((name) => entryFor(`${name}.proven.example`, name)));
      const first = ["unsure", "failing"] as const;
      const standings = async (limits: { limit: number; unproven?: number }) =>
        (await outbox.claim({ ...claim("l3", 2), first, ...limits })).map(({ standing }) => standing).sort();
      expect(await standings({ limit: 1, unproven: 0 })).toEqual(["proven"]);
      expect(await standings({ limit: 3 })).toEqual(["failing", "proven", "unsure"]);
      expect(await standings({ limit: 1 })).toEqual(["unsure"]);
      expect(await standings({ limit: 3, unproven: 1 })).toEqual(["proven", "unsure"]);
      expect(await standings({ limit: 3, unproven: 1 })).toEqual(["failing"]);
    });

    it("shares the places: those for the unsure with the failing, those for all with everybody", async () => {
      const { outbox } = await make();
      const all = ["a", "b", "c", "d"];
      await outbox.add(all.map((name) => entryFor(`${name}.proven.example`, name)));
      for (const entry of await outbox.claim(claim("l1", 0))) await outbox.done(entry, 0);
      await outbox.add(all.map((name) => entryFor(`${name}.failing.example`, name)));
      for (const now of [0, 1]) {
        for (const entry of await outbox.claim(claim("l2", now))) await outbox.postpone(entry, now + 1, "no answer");
      }
      await outbox.add(all.map((name) => entryFor(`${name}.unsure.example`, name)));
      await outbox.add(all.map((name) => entryFor(`${name}.proven.example`, name)));
      const rest = await outbox.claim({ ...claim("l3", 2), limit: 8, unproven: 6, failing: 1 });
      const count = (standing: string) => rest.filter((entry) => entry.standing === standing).length;
      expect([count("proven"), count("unsure"), count("failing")]).toEqual([4, 4, 0]);
      const last = await outbox.claim({ ...claim("l4", 2), limit: 8, unproven: 6, failing: 1 });
      expect(last.map(({ standing }) => standing)).toEqual(["failing"]);
    });

    it("takes a destination for proven until it fails, for what waits for it as well", async () => {
      const { outbox } = await make();
      const next = async (now: number) => {
        const [entry] = await outbox.claim(claim("l", now));
        if (entry === undefined) throw new Error("nothing is due");
        return entry;
      };
      await outbox.add(["1", "2", "3", "4", "5"].map((name) => entryFor("a.example", name)));
      await outbox.done(await next(0), 0);
      const tried: ClaimedEntry[] = [];
      for (let now = 0; now < 3; now += 1) {
        const entry = await next(now);
        tried.push(entry);
        await outbox.postpone(entry, now + 1, "no answer");
      }
      expect(tried.map(({ standing }) => standing)).toEqual(["proven", "unsure", "failing"]);
      await outbox.abandon(await next(3), 4, "hopeless");
      const third = await next(4);
      expect(third, "what waits behind it stands no better").toMatchObject({ standing: "failing" });
      await outbox.withdraw(third, 5);
      const fourth = await next(5);
      expect(fourth, "what was not sent proves nothing").toMatchObject({ payload: { name: "4" }, standing: "failing" });
      await outbox.done(fourth, 6);
      expect(await next(6)).toMatchObject({ payload: { name: "5" }, standing: "proven" });
    });

    it("forgets who was proven, and has not answered for long", async () => {
      const { outbox } = await make();
      const dayMs = 86_400_000;
      const standingAt = async (now: number) => {
        await outbox.add([entryFor("a.example", "x", now)]);
        const [entry] = await outbox.claim(claim("l", now));
        if (entry === undefined) throw new Error("nothing is due");
        await outbox.done(entry, now);
        return entry.standing;
      };
      expect(await standingAt(0)).toBe("unsure");
      expect(await standingAt(dayMs)).toBe("proven");
      expect(await standingAt(2 * dayMs)).toBe("proven");
      await outbox.forgetBefore(2 * dayMs);
      expect(await standingAt(3 * dayMs)).toBe("proven");
      await outbox.forgetBefore(3 * dayMs + 1);
      expect(await standingAt(4 * dayMs)).toBe("unsure");
    });

    it("never hands one entry to two who claim at once", async () => {
      const { outbox } = await make();
      await outbox.add(Array.from({ length: 30 }, (_, i) => entry(String(i), i)));
      const claims = await Promise.all(Array.from({ length: 10 }, (_, i) => outbox.claim(claim(`l${i}`, 100, 5))));
      const ids = claims.flat().map(({ id }) => id);
      expect(ids).toHaveLength(30);
      expect(new Set(ids).size).toBe(30);
    });
  });
};

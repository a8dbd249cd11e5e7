/** What every storage backend must do for the tables that both servers have. */

import { describe, expect, it } from "vitest";
import type { ClaimedEntry, Outbox } from "../../../runtime/ports/outbox.js";
import type { SigningKeys, StoredSigningKey } from "../../../runtime/ports/signing-keys.js";
import type { NewValidationSession, ValidationSessions } from "../../../runtime/ports/validation-sessions.js";
import { newSeed, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";

export interface BaseStorage {
  readonly sessions: ValidationSessions;
  readonly signingKeys: SigningKeys;
  readonly outbox: Outbox;
}

/** Makes an empty storage; called once for each test. The maker also closes it. */
export type MakeStorage = () => BaseStorage | Promise<BaseStorage>;

const candidate = (overrides: Partial<NewValidationSession> = {}): NewValidationSession => ({
  sid: "sid1",
  medium: "email",
  address: "alice@example.org",
  destination: "Alice@example.org",
  clientSecret: "secret",
  token: "right",
  nextLink: undefined,
  createdAt: 1000,
  ...overrides,
});

const end = { expiredBefore: 0, maxWrongTokens: 5 };

const signingKey = (version: string, createdAt: number): StoredSigningKey => {
  const seed = newSeed(systemRandom);
  const { keyId, publicKey } = signingKeyOf(`ed25519:${version}`, seed);
  return { keyId, seed, publicKey, createdAt, retiredAt: undefined };
};

const sessionsContract = (make: MakeStorage): void => {
  describe("validation sessions", () => {
    it("opens a session and finds it whole", async () => {
      const { sessions } = await make();
      const opened = await sessions.resumeOrOpen(candidate({ nextLink: "https://a.example/" }), end);
      expect(opened).toEqual({
        sid: "sid1",
        medium: "email",
        address: "alice@example.org",
        destination: "Alice@example.org",
        clientSecret: "secret",
        token: "right",
        nextLink: "https://a.example/",
        sendAttempt: undefined,
        wrongTokens: 0,
        changedAt: 1000,
        validatedAt: undefined,
      });
      expect(await sessions.find("sid1")).toEqual(opened);
      expect(await sessions.find("sid2")).toBeUndefined();
    });

    it("resumes by medium, address and secret, and by nothing less", async () => {
      const { sessions } = await make();
      const sids: string[] = [];
      for (const [i, overrides] of [
        {},
        { token: "other", nextLink: "https://a.example/", destination: "ALICE@example.org" },
        { clientSecret: "secret2" },
        { address: "bob@example.org" },
        { medium: "msisdn" } as const,
      ].entries()) {
        sids.push((await sessions.resumeOrOpen(candidate({ sid: `sid${i}`, ...overrides }), end)).sid);
      }
      expect(sids).toEqual(["sid0", "sid0", "sid2", "sid3", "sid4"]);
      expect((await sessions.find("sid0"))?.token).toBe("right");
    });

    it("finds the living session of an address and secret, until it ends", async () => {
      const { sessions } = await make();
      const threepid = { medium: "email", address: candidate().address } as const;
      const { clientSecret } = candidate();
      expect(await sessions.living(threepid, clientSecret, end)).toBeUndefined();
      await sessions.resumeOrOpen(candidate(), end);
      expect((await sessions.living(threepid, clientSecret, end))?.sid).toBe("sid1");
      expect(await sessions.living(threepid, "another", end)).toBeUndefined();
      expect(await sessions.living({ ...threepid, medium: "msisdn" }, clientSecret, end)).toBeUndefined();
      expect(await sessions.living(threepid, clientSecret, { ...end, expiredBefore: 1000 })).toBeUndefined();
      for (let i = 0; i < 5; i++) await sessions.submit("sid1", "wrong", 2000, end);
      expect(await sessions.living(threepid, clientSecret, end)).toBeUndefined();
    });

    it("opens one session for many who ask at once", async () => {
      const { sessions } = await make();
      const opened = await Promise.all(
        Array.from({ length: 20 }, (_, i) => sessions.resumeOrOpen(candidate({ sid: `sid${i}` }), end)),
      );
      expect(new Set(opened.map(({ sid }) => sid)).size).toBe(1);
    });

    it("opens another once the first has expired or was tried too often, and keeps the old one", async () => {
      const { sessions } = await make();
      await sessions.resumeOrOpen(candidate(), end);
      const expired = await sessions.resumeOrOpen(candidate({ sid: "sid2", createdAt: 2000 }), {
        ...end,
        expiredBefore: 1000,
      });
      expect(expired.sid).toBe("sid2");
      for (let i = 0; i < 5; i++) await sessions.submit("sid2", "wrong", 2000, end);
      expect((await sessions.resumeOrOpen(candidate({ sid: "sid3" }), end)).sid).toBe("sid3");
      expect((await sessions.find("sid1"))?.sid).toBe("sid1");
      expect((await sessions.find("sid2"))?.wrongTokens).toBe(5);
    });

    it("remembers the highest attempt that was sent, without lengthening the session's life", async () => {
      const { sessions } = await make();
      await sessions.resumeOrOpen(candidate(), end);
      await sessions.recordSend("sid1", 3, "https://a.example/");
      await sessions.recordSend("sid1", 2, "https://b.example/");
      expect(await sessions.find("sid1")).toMatchObject({
        sendAttempt: 3,
        nextLink: "https://a.example/",
        changedAt: 1000,
      });
    });

    it("validates once, by the right token", async () => {
      const { sessions } = await make();
      await sessions.resumeOrOpen(candidate(), end);
      expect(await sessions.submit("nobody", "right", 2000, end)).toBe("unknown");
      expect(await sessions.submit("sid1", "wrong", 2000, end)).toBe("wrong-token");
      expect(await sessions.submit("sid1", "right", 3000, end)).toBe("validated");
      expect(await sessions.submit("sid1", "right", 4000, end)).toBe("validated");
      expect(await sessions.submit("sid1", "wrong", 4000, end)).toBe("wrong-token");
      expect(await sessions.find("sid1")).toMatchObject({ validatedAt: 3000, changedAt: 3000, wrongTokens: 1 });
      expect(await sessions.submit("sid1", "right", 4000, { ...end, expiredBefore: 3000 })).toBe("ended");
    });

    it("allows five wrong tokens, however many come at once", async () => {
      const { sessions } = await make();
      await sessions.resumeOrOpen(candidate(), end);
      const guesses = await Promise.all(
        Array.from({ length: 20 }, (_, i) => sessions.submit("sid1", `no${i}`, 2000, end)),
      );
      expect(guesses.filter((verdict) => verdict === "wrong-token")).toHaveLength(5);
      expect(guesses.filter((verdict) => verdict === "ended")).toHaveLength(15);
      expect(await sessions.submit("sid1", "right", 2000, end)).toBe("ended");
    });

    it("deletes what is old, a bounded number at a time", async () => {
      const { sessions } = await make();
      for (let i = 1; i <= 4; i++) {
        await sessions.resumeOrOpen(candidate({ sid: `sid${i}`, address: `${i}@a.b`, createdAt: i * 1000 }), end);
      }
      expect(await sessions.deleteChangedBefore(3000, 2)).toBe(2);
      expect(await sessions.find("sid3")).toBeDefined();
      expect(await sessions.deleteChangedBefore(3000, 2)).toBe(1);
      await sessions.delete("sid4");
      expect(await sessions.find("sid4")).toBeUndefined();
    });
  });
};

const signingKeysContract = (make: MakeStorage): void => {
  describe("signing keys", () => {
    it("keeps the first key and gives it back whole", async () => {
      const { signingKeys } = await make();
      const first = signingKey("a", 1000);
      expect(await signingKeys.currentOr(first)).toEqual(first);
      expect(await signingKeys.currentOr(signingKey("b", 2000))).toEqual(first);
      expect(await signingKeys.all()).toEqual([first]);
    });

    it("rotates, keeping retired keys", async () => {
      const { signingKeys } = await make();
      const [first, second] = [signingKey("a", 1000), signingKey("b", 2000)];
      await signingKeys.currentOr(first);
      await signingKeys.rotate(second);
      expect(await signingKeys.currentOr(signingKey("c", 3000))).toEqual(second);
      expect(await signingKeys.all()).toEqual([second, { ...first, retiredAt: 2000 }]);
    });

    it("refuses a key id that was used before, and changes nothing", async () => {
      const { signingKeys } = await make();
      const first = signingKey("a", 1000);
      await signingKeys.currentOr(first);
      await expect(signingKeys.rotate(signingKey("a", 2000))).rejects.toThrow();
      expect(await signingKeys.all()).toEqual([first]);
    });
  });
};

const outboxContract = (make: MakeStorage): void => {
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

/** Runs the whole contract over one backend. */
export const baseStorageContract = (backend: string, make: MakeStorage): void => {
  describe(`base storage on ${backend}`, () => {
    sessionsContract(make);
    signingKeysContract(make);
    outboxContract(make);
  });
};

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Claim } from "../../../runtime/ports/claims.js";
import type { HomeserverStorage } from "../../../runtime/ports/homeserver-storage.js";
import type { ValidationPurpose } from "../../../runtime/ports/validation-purposes.js";
import type { Threepid } from "../../../runtime/protocol/threepid.js";
import { describeRegistrationTokens } from "./registration-token-contract.js";

/** A storage that was just made, and how it is thrown away. */
export interface OpenedHomeserverStorage {
  readonly storage: HomeserverStorage;
  close(): Promise<void> | void;
}

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const email: Threepid = { medium: "email", address: "alice@example.org" };
const nothing: Claim = { interactiveSession: undefined, provenSessions: [] };
const proof = { idServer: undefined, sid: "sid1" };

/** What every storage of a homeserver must do, whichever database is behind it. */
export const homeserverStorageContract = (
  name: string,
  open: () => Promise<OpenedHomeserverStorage> | OpenedHomeserverStorage,
): void => {
  describe(`homeserver storage on ${name}`, () => {
    let opened: OpenedHomeserverStorage;
    let storage: HomeserverStorage;
    beforeEach(async () => {
      opened = await open();
      storage = opened.storage;
    });
    afterEach(() => opened.close());

    const openValidation = async (sid: string, address: string, clientSecret = sid, createdAt = 1): Promise<void> => {
      const session = { medium: "email", address, sid, destination: address, clientSecret, createdAt } as const;
      const end = { expiredBefore: createdAt - 1, maxWrongTokens: 5 };
      await storage.validationSessions.resumeOrOpen({ ...session, token: "t", nextLink: undefined }, end);
    };

    /** Opens an interactive session, and answers the claim on it. */
    const interactive = async (hash: string): Promise<Claim> => {
      await storage.interactiveSessions.open({ hash, operation: "register", offer: "{}", createdAt: 1 });
      return { ...nothing, interactiveSession: hash };
    };

    describe("claims", () => {
      beforeEach(async () => {
        for (const sid of ["sid1", "sid2", "a", "b", "c"]) await openValidation(sid, email.address);
      });

      it("are reserved once, whoever asks at the same time, and all of one claim or nothing", async () => {
        const { claims } = storage;
        const claim = { ...(await interactive("session")), provenSessions: [proof] };
        const outcomes = await Promise.all([claims.reserve(claim, 1), claims.reserve(claim, 1)]);
        expect(outcomes.toSorted()).toEqual(["reserved", "spent"]);
        const other = await interactive("other");
        expect(await claims.reserve({ ...other, provenSessions: [proof] }, 2)).toBe("spent");
        // What failed used nothing up.
        expect(await claims.reserve({ ...other, provenSessions: [{ ...proof, sid: "sid2" }] }, 2)).toBe("reserved");
      });

      it("are given back whole, and not what others have reserved", async () => {
        const { claims, interactiveSessions } = storage;
        const claim = { ...(await interactive("session")), provenSessions: [proof] };
        await claims.reserve(claim, 1);
        await claims.reserve({ ...nothing, provenSessions: [{ ...proof, sid: "sid2" }] }, 1);
        await claims.release(claim);
        expect(await claims.isSpent(proof)).toBe(false);
        expect(await claims.isSpent({ ...proof, sid: "sid2" })).toBe(true);
        expect(await interactiveSessions.find("session")).toMatchObject({ used: false });
        expect(await claims.reserve(claim, 2)).toBe("reserved");
      });

      it("on a session that does not exist are spent", async () => {
        expect(await storage.claims.reserve({ ...nothing, interactiveSession: "never opened" }, 1)).toBe("spent");
      });

      it("on a validation session of our own that was ended are spent, and take nothing", async () => {
        const { claims, validationSessions } = storage;
        const claim = { ...(await interactive("session")), provenSessions: [proof] };
        await validationSessions.delete(proof.sid);
        expect(await claims.reserve(claim, 1)).toBe("spent");
        expect(await claims.reserve({ ...claim, provenSessions: [{ ...proof, idServer: "id.example.org" }] }, 1)).toBe(
          "reserved",
        );
        // A newer one of the same address and secret stands in its place.
        await openValidation("newer", email.address, "sid2", 9);
        expect(await validationSessions.find("sid2")).toMatchObject({ sid: "sid2" });
        expect(await claims.reserve({ ...nothing, provenSessions: [{ ...proof, sid: "sid2" }] }, 9)).toBe("spent");
      });

      it("tell sessions of identity servers and the homeserver's own apart", async () => {
        const { claims } = storage;
        await claims.reserve({ ...nothing, provenSessions: [proof] }, 1);
        expect(await claims.isSpent(proof)).toBe(true);
        expect(await claims.isSpent({ ...proof, idServer: "id.example.org" })).toBe(false);
        expect(await claims.isSpent({ ...proof, sid: "sid2" })).toBe(false);
      });

      it("are forgotten by age, so many at a time, the oldest first", async () => {
        const { claims } = storage;
        const sids = ["a", "b", "c"];
        for (const [index, sid] of sids.entries()) {
          await claims.reserve({ ...nothing, provenSessions: [{ ...proof, sid }] }, index + 1);
        }
        const left = () => Promise.all(sids.map((sid) => claims.isSpent({ ...proof, sid })));
        expect(await claims.dropSpentBefore(3, 1)).toBe(1);
        expect(await left()).toEqual([false, true, true]);
        expect([await claims.dropSpentBefore(3, 9), await claims.dropSpentBefore(3, 9)]).toEqual([1, 0]);
        expect(await left()).toEqual([false, false, true]);
      });
    });

    describe("recorded bindings", () => {
      it("remember every place where a threepid is bound, once", async () => {
        const { recordedBindings } = storage;
        const here = { ...email, mxid: alice, idServer: "a.example" };
        const there = { ...email, mxid: alice, idServer: "b.example" };
        for (const [binding, outcome] of [
          [here, "new"],
          [there, "new"],
          [here, "known"],
        ] as const) {
          expect(await recordedBindings.record(binding, 9)).toBe(outcome);
        }
        expect(await recordedBindings.list(alice)).toEqual([here, there]);
        await recordedBindings.forget(here);
        expect(await recordedBindings.list(alice)).toEqual([there]);
        expect(await recordedBindings.list(bob)).toEqual([]);
      });

      it("are replaced by what takes them back, together or not at all", async () => {
        const { recordedBindings, outbox } = storage;
        const binding = { ...email, mxid: alice, idServer: "a.example" };
        const unbinding = { kind: "unbind", payload: { mxid: alice }, dueAt: 7 };
        expect(await recordedBindings.replace(binding, unbinding)).toBe(false);
        expect(await outbox.nextDue("unbind")).toBeUndefined();
        await recordedBindings.record(binding, 9);
        expect(await recordedBindings.replace(binding, unbinding)).toBe(true);
        expect([await recordedBindings.list(alice), await outbox.nextDue("unbind")]).toEqual([[], 7]);
      });

      it("are so many for each user, those included that wait to be taken back", async () => {
        const { recordedBindings, outbox } = storage;
        const at = (idServer: string, mxid = alice) => ({ ...email, mxid, idServer });
        const record = (idServer: string, mxid = alice) => recordedBindings.record(at(idServer, mxid), 2);
        expect([await record("a.example"), await record("b.example")]).toEqual(["new", "new"]);
        const unbinding = { kind: "unbind", payload: {}, dueAt: 1, topic: `${alice} b.example email ${email.address}` };
        expect(await recordedBindings.replace(at("b.example"), unbinding)).toBe(true);
        expect([await record("c.example"), await record("a.example")]).toEqual(["full", "known"]);
        expect(await recordedBindings.list(alice)).toEqual([at("a.example")]);
        // Whoever has a name that begins alike.
        expect(await record("c.example", `${alice}.net`)).toBe("new");
        for (const entry of await outbox.claim({ kind: "unbind", now: 2, leaseMs: 9, limit: 9, lease: "l" })) {
          await outbox.done(entry, 2);
        }
        expect(await record("c.example")).toBe("new");
      });

      it("are forgotten with their user", async () => {
        const { recordedBindings } = storage;
        for (const mxid of [alice, bob]) await recordedBindings.record({ ...email, mxid, idServer: "a.example" }, 9);
        await recordedBindings.forgetAll(alice);
        expect(await recordedBindings.list(alice)).toEqual([]);
        expect(await recordedBindings.list(bob)).toHaveLength(1);
      });
    });

    describe("interactive sessions", () => {
      const stage = (name: string) => ({ stage: name, outcome: `{"of":"${name}"}` });
      beforeEach(() =>
        storage.interactiveSessions.open({ hash: "s", operation: "password", offer: "{}", createdAt: 7 }),
      );

      it("answer what is done, in order", async () => {
        const { interactiveSessions } = storage;
        expect(await interactiveSessions.complete("s", 0, stage("first"))).toBe(true);
        expect(await interactiveSessions.complete("s", 1, stage("second"))).toBe(true);
        expect(await interactiveSessions.find("s")).toEqual({
          operation: "password",
          offer: "{}",
          createdAt: 7,
          used: false,
          completed: [stage("first"), stage("second")],
          pending: undefined,
        });
        expect(await interactiveSessions.find("other")).toBeUndefined();
      });

      it("take a stage once, and one stage in each place", async () => {
        const { interactiveSessions } = storage;
        const tries = [stage("a"), stage("a"), stage("b")].map((tried) => interactiveSessions.complete("s", 0, tried));
        expect(await Promise.all(tries)).toEqual([true, false, false]);
        expect(await interactiveSessions.complete("s", 1, stage("a"))).toBe(false);
        expect((await interactiveSessions.find("s"))?.completed).toEqual([stage("a")]);
      });

      it("take a stage back with all that followed it, unless it was completed otherwise", async () => {
        const { interactiveSessions } = storage;
        for (const [position, name] of ["a", "b", "c"].entries()) {
          await interactiveSessions.complete("s", position, stage(name));
        }
        const completed = async () => (await interactiveSessions.find("s"))?.completed;
        await interactiveSessions.reopen("s", { ...stage("b"), outcome: "another" });
        await interactiveSessions.reopen("other", stage("b"));
        expect(await completed()).toHaveLength(3);
        await interactiveSessions.reopen("s", stage("b"));
        expect(await completed()).toEqual([stage("a")]);
        expect(await interactiveSessions.complete("s", 1, stage("b"))).toBe(true);
      });

      it("take nothing once they are used, or when there are none", async () => {
        const { interactiveSessions } = storage;
        await storage.claims.reserve({ ...nothing, interactiveSession: "s" }, 1);
        expect(await interactiveSessions.find("s")).toMatchObject({ used: true });
        expect(await interactiveSessions.complete("s", 0, stage("a"))).toBe(false);
        expect(await interactiveSessions.complete("unknown", 0, stage("a"))).toBe(false);
        expect(await interactiveSessions.bind("unknown", new Map([["x", "1"]]))).toBe(false);
      });

      it("keep to the parts they were bound to first", async () => {
        const { interactiveSessions } = storage;
        const bind = (...parts: [string, string][]) => interactiveSessions.bind("s", new Map(parts));
        expect(await bind(["caller", "1"])).toBe(true);
        expect(await bind(["caller", "2"], ["username", "other"])).toBe(false);
        // Nothing of the refused request stays.
        expect(await bind(["caller", "1"], ["username", "mine"])).toBe(true);
        expect(await bind(["username", "mine"])).toBe(true);
        expect(await bind(["username", "other"])).toBe(false);
      });

      it("keep the last attempt that waits, until a stage is complete", async () => {
        const { interactiveSessions } = storage;
        await interactiveSessions.keepPending("s", "one");
        await interactiveSessions.keepPending("s", "two");
        expect(await interactiveSessions.find("s")).toMatchObject({ pending: "two" });
        await interactiveSessions.complete("s", 0, stage("a"));
        expect(await interactiveSessions.find("s")).toMatchObject({ pending: undefined });
      });

      it("keep it when a stage is not taken", async () => {
        const { interactiveSessions } = storage;
        await interactiveSessions.keepPending("s", "one");
        await storage.claims.reserve({ ...nothing, interactiveSession: "s" }, 1);
        expect(await interactiveSessions.complete("s", 0, stage("a"))).toBe(false);
        expect(await interactiveSessions.find("s")).toMatchObject({ pending: "one" });
      });

      it("are dropped by age, with everything of theirs", async () => {
        const { interactiveSessions } = storage;
        await interactiveSessions.complete("s", 0, stage("a"));
        await interactiveSessions.bind("s", new Map([["x", "1"]]));
        await interactiveSessions.open({ hash: "young", operation: "password", offer: "{}", createdAt: 8 });
        await interactiveSessions.dropOpenedBefore(8, 10);
        expect(await interactiveSessions.find("s")).toBeUndefined();
        expect(await interactiveSessions.find("young")).toBeDefined();
        await interactiveSessions.open({ hash: "s", operation: "password", offer: "{}", createdAt: 9 });
        expect(await interactiveSessions.find("s")).toMatchObject({ completed: [] });
        expect(await interactiveSessions.bind("s", new Map([["x", "2"]]))).toBe(true);
      });
    });

    describeRegistrationTokens(() => storage);

    it("keeps which documents an account accepted, each edition once, until they are to be forgotten", async () => {
      const { acceptedPolicies } = storage;
      await acceptedPolicies.record(alice, [{ policy: "terms", version: "2" }], 5);
      const both = [
        { policy: "privacy", version: "1" },
        { policy: "terms", version: "2" },
      ];
      await acceptedPolicies.record(alice, both, 6);
      await acceptedPolicies.record("@bob:example.org", [{ policy: "terms", version: "2" }], 7);
      expect(await acceptedPolicies.list(alice)).toEqual([
        { policy: "privacy", version: "1", acceptedAt: 6 },
        { policy: "terms", version: "2", acceptedAt: 5 },
      ]);
      await acceptedPolicies.forget(alice);
      expect(await acceptedPolicies.list(alice)).toEqual([]);
      expect(await acceptedPolicies.list("@bob:example.org")).toHaveLength(1);
    });

    describe("sessions that identity servers keep", () => {
      const session = { medium: "msisdn", sid: "sid", secretHash: "hash" } as const;

      it("are found by sid, medium and secret, at the server recorded last, until they are old", async () => {
        const { delegatedSessions } = storage;
        await delegatedSessions.record(session, { idServer: "a.example", sealedToken: "sealed" }, 5);
        expect(await delegatedSessions.keeperOf(session)).toEqual({ idServer: "a.example", sealedToken: "sealed" });
        await delegatedSessions.record(session, { idServer: "b.example", sealedToken: undefined }, 6);
        expect(await delegatedSessions.keeperOf(session)).toEqual({ idServer: "b.example", sealedToken: undefined });
        for (const other of [{ sid: "x" }, { medium: "email" as const }, { secretHash: "x" }]) {
          expect(await delegatedSessions.keeperOf({ ...session, ...other })).toBeUndefined();
        }
        await delegatedSessions.dropRecordedBefore(6, 10);
        expect(await delegatedSessions.keeperOf(session)).toEqual({ idServer: "b.example", sealedToken: undefined });
        await delegatedSessions.dropRecordedBefore(7, 10);
        expect(await delegatedSessions.keeperOf(session)).toBeUndefined();
      });
    });

    describe("OpenID tokens", () => {
      it("are their user's until they end, and are forgotten after it, so many at a time", async () => {
        const { openIdTokens } = storage;
        for (const [hash, end] of [
          ["a", 10],
          ["b", 20],
          ["c", 30],
        ] as const)
          await openIdTokens.add(hash, "@a:x", end);
        expect([await openIdTokens.ownerOf("a", 9), await openIdTokens.ownerOf("a", 10)]).toEqual(["@a:x", undefined]);
        expect(await openIdTokens.ownerOf("d", 0)).toBeUndefined();
        expect(await openIdTokens.dropExpiredBefore(30, 1)).toBe(1);
        expect([await openIdTokens.ownerOf("a", 0), await openIdTokens.ownerOf("b", 0)]).toEqual([undefined, "@a:x"]);
        expect(await openIdTokens.dropExpiredBefore(30, 5)).toBe(1);
        expect(await openIdTokens.ownerOf("c", 29)).toBe("@a:x");
      });
    });

    describe("purposes of validation sessions", () => {
      it("are given once, and forgotten by age", async () => {
        const { validationPurposes } = storage;
        const given = [
          await validationPurposes.assign("sid", "register", 5),
          await validationPurposes.assign("sid", "register", 6),
          await validationPurposes.assign("sid", "password", 6),
        ];
        expect(given).toEqual([true, true, false]);
        expect(await validationPurposes.purposeOf("sid")).toBe("register");
        expect(await validationPurposes.purposeOf("other")).toBeUndefined();
        await validationPurposes.dropAssignedBefore(5, 10);
        expect(await validationPurposes.purposeOf("sid")).toBe("register");
        await validationPurposes.dropAssignedBefore(6, 10);
        expect(await validationPurposes.purposeOf("sid")).toBeUndefined();
      });

      it("end with the living sessions of an address that have them", async () => {
        const { validationPurposes, validationSessions } = storage;
        const open = async (sid: string, address: string, purpose: ValidationPurpose) => {
          await openValidation(sid, address);
          await validationPurposes.assign(sid, purpose, 1);
        };
        await open("reset", email.address, "password");
        await open("another", email.address, "add");
        await open("others", "bob@example.org", "password");
        await validationPurposes.endSessions("password", email);
        expect(await validationSessions.find("reset")).toBeUndefined();
        for (const sid of ["another", "others"]) expect(await validationSessions.find(sid)).toMatchObject({ sid });
      });
    });
  });
};

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccountThreepid, Claims, NewAccount } from "../../../runtime/ports/accounts.js";
import type { HomeserverStorage } from "../../../runtime/ports/homeserver-storage.js";
import type { Threepid } from "../../../runtime/protocol/threepid.js";

/** A storage that was just made, and how it is thrown away. */
export interface OpenedHomeserverStorage {
  readonly storage: HomeserverStorage;
  close(): Promise<void> | void;
}

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const email: Threepid = { medium: "email", address: "alice@example.org" };
const onAccount: AccountThreepid = { ...email, validatedAt: 10, addedAt: 20 };
const nothing: Claims = { interactiveSession: undefined, provenSessions: [] };
const proof = { idServer: undefined, sid: "sid1" };

const account = (mxid: string, more: Partial<NewAccount> = {}): NewAccount => ({
  mxid,
  kind: "user",
  passwordHash: "hash",
  createdAt: 1,
  device: { deviceId: "PHONE", displayName: "A phone", tokenHash: `token of ${mxid}` },
  threepids: [],
  claims: nothing,
  ...more,
});

import { describeRegistrationTokens } from "./registration-token-contract.js";

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

    /** Opens an interactive session, and answers the claim on it. */
    const interactive = async (hash: string): Promise<Claims> => {
      await storage.interactiveSessions.open({ hash, operation: "register", offer: "{}", createdAt: 1 });
      return { ...nothing, interactiveSession: hash };
    };

    describe("accounts", () => {
      it("answers what was created, by name and by token", async () => {
        expect(await storage.accounts.create(account(alice, { threepids: [onAccount] }))).toBe("created");
        expect(await storage.accounts.find(alice)).toEqual({
          mxid: alice,
          kind: "user",
          passwordHash: "hash",
          deactivated: false,
        });
        const owner = { mxid: alice, kind: "user", deviceId: "PHONE" };
        expect(await storage.accounts.ownerOfToken(`token of ${alice}`)).toEqual(owner);
        expect(await storage.threepids.list(alice)).toEqual([onAccount]);
        expect(await storage.accounts.find(bob)).toBeUndefined();
        expect(await storage.accounts.ownerOfToken("unknown")).toBeUndefined();
      });

      it("keeps a guest without password and device apart from users", async () => {
        await storage.accounts.create(account(alice, { kind: "guest", passwordHash: undefined, device: undefined }));
        expect(await storage.accounts.find(alice)).toMatchObject({ kind: "guest", passwordHash: undefined });
      });

      it("gives a name once, whoever asks at the same time, and tells upper from lower case", async () => {
        const outcomes = await Promise.all(Array.from({ length: 5 }, () => storage.accounts.create(account(alice))));
        expect(outcomes.toSorted()).toEqual(["created", ...Array.from({ length: 4 }, () => "mxid-taken")]);
        const other = account("@Alice:example.org");
        expect(await storage.accounts.create(other)).toBe("created");
      });

      it("creates nothing at all when a threepid is taken", async () => {
        await storage.accounts.create(account(alice, { threepids: [onAccount] }));
        const claims = await interactive("session");
        expect(await storage.accounts.create(account(bob, { threepids: [onAccount], claims }))).toBe("threepid-taken");
        expect(await storage.accounts.find(bob)).toBeUndefined();
        expect(await storage.accounts.ownerOfToken(`token of ${bob}`)).toBeUndefined();
        // The session was not used up either: the same person tries another address.
        expect(await storage.accounts.create(account(bob, { claims }))).toBe("created");
      });

      it("creates nothing at all when a claim was used", async () => {
        const session = await interactive("session");
        const claims = { ...session, provenSessions: [proof] };
        expect(await storage.accounts.create(account(alice, { claims }))).toBe("created");
        expect(await storage.accounts.create(account(bob, { claims: session }))).toBe("spent");
        const other = await interactive("other");
        const replayed = { ...other, provenSessions: [proof] };
        expect(await storage.accounts.create(account(bob, { claims: replayed }))).toBe("spent");
        expect(await storage.accounts.find(bob)).toBeUndefined();
        // What failed used nothing up.
        expect(await storage.accounts.create(account(bob, { claims: other }))).toBe("created");
      });

      it("takes a claim on a session that does not exist for a used one", async () => {
        const claims = { ...nothing, interactiveSession: "never opened" };
        expect(await storage.accounts.create(account(alice, { claims }))).toBe("spent");
      });

      it("tells sessions of identity servers and its own apart", async () => {
        const claims = { ...nothing, provenSessions: [proof] };
        await storage.accounts.create(account(alice, { claims }));
        expect(await storage.accounts.isSpent(proof)).toBe(true);
        expect(await storage.accounts.isSpent({ ...proof, idServer: "id.example.org" })).toBe(false);
        expect(await storage.accounts.isSpent({ ...proof, sid: "sid2" })).toBe(false);
      });

      it("ends a session of its own that was claimed, and keeps one that was not", async () => {
        const { accounts, validationSessions } = storage;
        const opened = (sid: string) =>
          validationSessions.resumeOrOpen(
            {
              ...email,
              sid,
              destination: email.address,
              clientSecret: sid,
              token: "t",
              nextLink: undefined,
              createdAt: 1,
            },
            { expiredBefore: 0, maxWrongTokens: 5 },
          );
        for (const sid of ["own", "refused", "foreign"]) await opened(sid);
        const claiming = (idServer: string | undefined, sid: string) => ({
          ...nothing,
          provenSessions: [{ idServer, sid }],
        });
        await accounts.create(account(alice, { claims: claiming(undefined, "own") }));
        await accounts.create(account(alice, { claims: claiming(undefined, "refused") }));
        await accounts.create(account(bob, { claims: claiming("id.example.org", "foreign") }));
        expect(await validationSessions.find("own")).toBeUndefined();
        for (const sid of ["refused", "foreign"]) expect(await validationSessions.find(sid)).toMatchObject({ sid });
      });

      it("forgets claims by age, so many at a time, the oldest first", async () => {
        for (const [sid, createdAt] of [
          ["a", 1],
          ["b", 2],
          ["c", 3],
        ] as const) {
          const claims = { ...nothing, provenSessions: [{ ...proof, sid }] };
          await storage.accounts.create(
            account(`@${sid}:example.org`, { claims, createdAt, threepids: [], device: undefined }),
          );
        }
        const left = () => Promise.all(["a", "b", "c"].map((sid) => storage.accounts.isSpent({ ...proof, sid })));
        expect(await storage.accounts.dropSpentBefore(3, 1)).toBe(1);
        expect(await left()).toEqual([false, true, true]);
        expect([await storage.accounts.dropSpentBefore(3, 9), await storage.accounts.dropSpentBefore(3, 9)]).toEqual([
          1, 0,
        ]);
        expect(await left()).toEqual([false, false, true]);
      });
    });

    describe("passwords", () => {
      const change = (claims: Claims, keepToken?: string) =>
        storage.accounts.changePassword({ mxid: alice, passwordHash: "new", changedAt: 5, keepToken, claims });

      it("changes, keeping the named token", async () => {
        await storage.accounts.create(account(alice));
        expect(await change(nothing, `token of ${alice}`)).toBe("changed");
        expect(await storage.accounts.find(alice)).toMatchObject({ passwordHash: "new" });
        expect(await storage.accounts.ownerOfToken(`token of ${alice}`)).toMatchObject({ mxid: alice });
      });

      it("changes, and revokes what is not named, of this account alone", async () => {
        await storage.accounts.create(account(alice));
        await storage.accounts.create(account(bob));
        expect(await change(nothing)).toBe("changed");
        expect(await storage.accounts.ownerOfToken(`token of ${alice}`)).toBeUndefined();
        expect(await storage.accounts.ownerOfToken(`token of ${bob}`)).toMatchObject({ mxid: bob });
      });

      it("are kept under a newer hash, unless they were changed meanwhile", async () => {
        await storage.accounts.create(account(alice));
        await storage.accounts.renewPasswordHash(alice, "another", "stale");
        expect(await storage.accounts.find(alice)).toMatchObject({ passwordHash: "hash" });
        await storage.accounts.renewPasswordHash(alice, "hash", "newer");
        expect(await storage.accounts.find(alice)).toMatchObject({ passwordHash: "newer" });
        expect(await storage.accounts.ownerOfToken(`token of ${alice}`)).toMatchObject({ mxid: alice });
      });

      it("changes nothing when a claim was used, or there is no account", async () => {
        expect(await change(nothing)).toBe("gone");
        await storage.accounts.create(account(alice));
        const claims = { ...nothing, provenSessions: [proof] };
        const outcomes = await Promise.all([change(claims), change(claims)]);
        expect(outcomes.toSorted()).toEqual(["changed", "spent"]);
        await storage.accounts.deactivate({ mxid: alice, deactivatedAt: 6, claims: nothing });
        expect(await change(nothing)).toBe("gone");
        expect(await storage.accounts.find(alice)).toMatchObject({ passwordHash: undefined });
      });
    });

    describe("deactivation", () => {
      it("takes everything but the name, once", async () => {
        await storage.accounts.create(account(alice, { threepids: [onAccount] }));
        await storage.threepids.recordBinding({ ...email, mxid: alice, idServer: "id.example.org" });
        const deactivation = { mxid: alice, deactivatedAt: 9, claims: nothing };
        const outcomes = await Promise.all([1, 2].map(() => storage.accounts.deactivate(deactivation)));
        expect(outcomes.toSorted()).toEqual(["deactivated", "gone"]);
        expect(await storage.accounts.find(alice)).toMatchObject({ deactivated: true, passwordHash: undefined });
        expect(await storage.accounts.ownerOfToken(`token of ${alice}`)).toBeUndefined();
        expect(await storage.threepids.ownerOf(email)).toBeUndefined();
        expect(await storage.threepids.bindings(alice)).toEqual([]);
        expect(await storage.accounts.create(account(alice))).toBe("mxid-taken");
      });

      it("leaves nothing to be attached afterwards", async () => {
        await storage.accounts.create(account(alice));
        await storage.accounts.deactivate({ mxid: alice, deactivatedAt: 9, claims: nothing });
        expect(await storage.threepids.add(alice, onAccount)).toBe("gone");
        await storage.threepids.recordBinding({ ...email, mxid: alice, idServer: "id.example.org" });
        expect(await storage.threepids.bindings(alice)).toEqual([]);
      });

      it("does not happen when a claim was used", async () => {
        const claims = { ...nothing, provenSessions: [proof] };
        await storage.accounts.create(account(alice, { claims }));
        expect(await storage.accounts.deactivate({ mxid: alice, deactivatedAt: 9, claims })).toBe("spent");
        expect(await storage.accounts.find(alice)).toMatchObject({ deactivated: false });
      });
    });

    describe("threepids", () => {
      beforeEach(async () => {
        await storage.accounts.create(account(alice));
        await storage.accounts.create(account(bob));
      });

      it("belong to one account, which may add them again", async () => {
        const outcomes = await Promise.all([alice, bob, alice].map((mxid) => storage.threepids.add(mxid, onAccount)));
        expect(outcomes).toEqual(["added", "taken", "present"]);
        expect(await storage.threepids.ownerOf(email)).toBe(alice);
        expect(await storage.threepids.ownerOf({ ...email, medium: "msisdn" })).toBeUndefined();
      });

      it("are listed oldest first, and keep the times of their first adding", async () => {
        const phone: AccountThreepid = { medium: "msisdn", address: "447400123456", validatedAt: 1, addedAt: 5 };
        await storage.threepids.add(alice, onAccount);
        await storage.threepids.add(alice, phone);
        await storage.threepids.add(alice, { ...onAccount, addedAt: 99 });
        expect(await storage.threepids.list(alice)).toEqual([phone, onAccount]);
      });

      it("are removed from their own account only", async () => {
        await storage.threepids.add(alice, onAccount);
        await storage.threepids.remove(bob, email);
        expect(await storage.threepids.list(alice)).toHaveLength(1);
        await storage.threepids.remove(alice, email);
        expect(await storage.threepids.add(bob, onAccount)).toBe("added");
      });

      it("remember every place where they are bound", async () => {
        const here = { ...email, mxid: alice, idServer: "a.example" };
        const there = { ...email, mxid: alice, idServer: "b.example" };
        for (const [binding, isNew] of [
          [here, true],
          [there, true],
          [here, false],
        ] as const) {
          expect(await storage.threepids.recordBinding(binding)).toBe(isNew);
        }
        expect(await storage.threepids.bindings(alice)).toEqual([here, there]);
        await storage.threepids.forgetBinding(here);
        expect(await storage.threepids.bindings(alice)).toEqual([there]);
        expect(await storage.threepids.bindings(bob)).toEqual([]);
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

      it("take nothing once they are used, or when there are none", async () => {
        const { interactiveSessions } = storage;
        await storage.accounts.create(account(alice, { claims: { ...nothing, interactiveSession: "s" } }));
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

    describe("sessions that identity servers keep", () => {
      const session = { medium: "msisdn", sid: "sid", secretHash: "hash" } as const;

      it("are found by sid, medium and secret, at the server recorded last, until they are old", async () => {
        const { delegatedSessions } = storage;
        await delegatedSessions.record(session, "a.example", 5);
        await delegatedSessions.record(session, "b.example", 6);
        expect(await delegatedSessions.keeperOf(session)).toBe("b.example");
        for (const other of [{ sid: "x" }, { medium: "email" as const }, { secretHash: "x" }]) {
          expect(await delegatedSessions.keeperOf({ ...session, ...other })).toBeUndefined();
        }
        await delegatedSessions.dropRecordedBefore(6, 10);
        expect(await delegatedSessions.keeperOf(session)).toBe("b.example");
        await delegatedSessions.dropRecordedBefore(7, 10);
        expect(await delegatedSessions.keeperOf(session)).toBeUndefined();
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
    });
  });
};

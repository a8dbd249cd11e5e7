import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SignedAssociation } from "../../../runtime/ports/associations.js";
import type { IdentityStorage } from "../../../runtime/ports/identity-storage.js";
import type { Invite } from "../../../runtime/ports/invites.js";
import type { OutboxEntry } from "../../../runtime/ports/outbox.js";
import type { Threepid } from "../../../runtime/protocol/threepid.js";

/** A storage that was just made, and how it is thrown away. */
export interface OpenedStorage {
  readonly storage: IdentityStorage;
  close(): Promise<void> | void;
}

const alice: Threepid = { medium: "email", address: "alice@example.org" };
const phone: Threepid = { medium: "msisdn", address: "447700900333" };

const association = (threepid: Threepid, mxid: string, ts = 1_000): SignedAssociation => ({
  ...threepid,
  mxid,
  ts,
  notBefore: ts,
  notAfter: ts + 5_000,
  signatures: { "id.example.org": { "ed25519:0": `signed ${mxid} ${ts}` } },
});

const invite = (token: string, threepid: Threepid = alice): Invite => ({
  ...threepid,
  token,
  roomId: `!room-${token}:example.org`,
  sender: "@inviter:example.org",
  ephemeralPublicKey: `key-of-${token}`,
  details: { room_name: "Gardening", nested: { kept: [1, null, "two"] } },
  receivedAt: 900,
});

const mail = (token: string): OutboxEntry => ({ kind: "invite-mail", payload: { token }, dueAt: 0 });

const sent = async ({ outbox }: IdentityStorage): Promise<unknown[]> => {
  const entries = await outbox.claim({ kind: "invite-mail", now: 1, leaseMs: 1, limit: 100, lease: "test" });
  return entries.map(({ payload }) => payload["token"]);
};

/** What every storage of an identity server must do, whichever database is behind it. */
export const identityStorageContract = (name: string, open: () => Promise<OpenedStorage> | OpenedStorage): void => {
  describe(`identity storage on ${name}`, () => {
    let opened: OpenedStorage;
    let storage: IdentityStorage;
    beforeEach(async () => {
      opened = await open();
      storage = opened.storage;
    });
    afterEach(() => opened.close());

    describe("associations", () => {
      it("answers what was bound, signatures included, and nothing for another medium or address", async () => {
        await storage.associations.bind(association(alice, "@a:example.org"));
        expect(await storage.associations.find(alice)).toEqual(association(alice, "@a:example.org"));
        expect(await storage.associations.find({ medium: "msisdn", address: alice.address })).toBeUndefined();
        expect(await storage.associations.find({ medium: "email", address: "Alice@example.org" })).toBeUndefined();
      });

      it("keeps the binding that was made last, whatever its time says", async () => {
        await storage.associations.bind(association(alice, "@a:example.org", 2_000));
        await storage.associations.bind(association(alice, "@b:example.org", 1_000));
        expect(await storage.associations.find(alice)).toEqual(association(alice, "@b:example.org", 1_000));
      });

      it("answers mxids in the order asked, with gaps and repetitions", async () => {
        await storage.associations.bind(association(alice, "@a:example.org"));
        await storage.associations.bind(association(phone, "@p:example.org"));
        const unknown: Threepid = { medium: "email", address: "nobody@example.org" };
        expect(await storage.associations.mxidsOf([phone, unknown, alice, phone])).toEqual([
          "@p:example.org",
          undefined,
          "@a:example.org",
          "@p:example.org",
        ]);
        expect(await storage.associations.mxidsOf([])).toEqual([]);
      });

      it("erases a binding only for the user it names, once", async () => {
        await storage.associations.bind(association(alice, "@a:example.org"));
        expect(await storage.associations.unbind(alice, "@b:example.org")).toBe(false);
        expect(await storage.associations.find(alice)).toBeDefined();
        expect(await storage.associations.unbind(alice, "@a:example.org")).toBe(true);
        expect(await storage.associations.find(alice)).toBeUndefined();
        expect(await storage.associations.unbind(alice, "@a:example.org")).toBe(false);
      });
    });

    describe("a threepid that is erased", () => {
      const session = (sid: string, { medium, address }: Threepid, createdAt: number) => ({
        sid,
        medium,
        address,
        destination: address,
        clientSecret: "secret",
        token: "token",
        nextLink: undefined,
        createdAt,
      });
      const open = (threepid: Threepid, sid: string, now: number) =>
        storage.validationSessions.resumeOrOpen(session(sid, threepid, now), {
          expiredBefore: now - 1,
          maxWrongTokens: 5,
        });
      const leaveTraces = async (threepid: Threepid, name: string): Promise<void> => {
        await storage.invites.store(invite(`${name}-claimed`, threepid), { ...mail(`${name}-claimed`), threepid });
        await storage.associations.bind(association(threepid, "@a:example.org"));
        await storage.associations.unbind(threepid, "@a:example.org");
        await storage.invites.store(invite(`${name}-waiting`, threepid), { ...mail(`${name}-waiting`), threepid });
        await storage.associations.bind(association(threepid, "@b:example.org"));
        // The second takes the place of the first, which has expired.
        await open(threepid, `${name}-1`, 100);
        await open(threepid, `${name}-2`, 200);
      };

      it("leaves no trace, and everybody else's stay", async () => {
        await leaveTraces(alice, "alice");
        await leaveTraces(phone, "phone");
        const erased = { associations: 1, invites: 2, validationSessions: 2, outboxEntries: 2 };
        expect(await storage.associations.erase(alice, 300)).toEqual(erased);
        expect(await storage.associations.erase(alice, 300)).toEqual({
          associations: 0,
          invites: 0,
          validationSessions: 0,
          outboxEntries: 0,
        });
        expect(await storage.associations.find(alice)).toBeUndefined();
        expect(await storage.validationSessions.find("alice-1")).toBeUndefined();
        expect(await storage.validationSessions.find("alice-2")).toBeUndefined();
        expect(await storage.associations.bind(association(alice, "@a:example.org"))).toEqual([]);
        expect(await storage.associations.find(phone)).toBeDefined();
        expect(await storage.validationSessions.find("phone-2")).toBeDefined();
        expect(await sent(storage)).toEqual(["phone-claimed", "phone-waiting"]);
      });

      it("lets through what waited behind it for the same destination", async () => {
        const { outbox } = storage;
        const entry = { kind: "onbind", dueAt: 0, destination: "example.org" };
        await outbox.add([
          { ...entry, payload: { of: "alice" }, threepid: alice },
          { ...entry, payload: { of: "phone" }, threepid: phone },
        ]);
        await storage.associations.erase(alice, 70);
        expect(await outbox.nextDue("onbind")).toBe(70);
      });
    });

    describe("invites", () => {
      it("are stored with their mail", async () => {
        expect(await storage.invites.store(invite("t1"), mail("t1"))).toEqual({ outcome: "stored" });
        expect(await storage.invites.senderOf("t1", 1_000)).toBe("@inviter:example.org");
        expect(await storage.invites.senderOf("t2", 1_000)).toBeUndefined();
        expect(await storage.invites.hasEphemeralKey("key-of-t1", 1_000)).toBe(true);
        expect(await storage.invites.hasEphemeralKey("KEY-of-t1", 1_000)).toBe(false);
        expect(await sent(storage)).toEqual(["t1"]);
      });

      it("are refused with their mail when the address is bound", async () => {
        await storage.associations.bind(association(alice, "@a:example.org"));
        const refused = { outcome: "in-use", mxid: "@a:example.org" };
        expect(await storage.invites.store(invite("t1"), mail("t1"))).toEqual(refused);
        expect(await storage.invites.senderOf("t1", 1_000)).toBeUndefined();
        expect(await sent(storage)).toEqual([]);
      });

      it("leave no mail behind when they cannot be stored", async () => {
        await storage.invites.store(invite("t1"), mail("t1"));
        await expect(storage.invites.store(invite("t1"), mail("again"))).rejects.toThrow();
        expect(await sent(storage)).toEqual(["t1"]);
      });

      it("ride along with the first bind of their address, oldest first, and are used up", async () => {
        await storage.invites.store(invite("t2"), mail("t2"));
        await storage.invites.store(invite("t1"), mail("t1"));
        await storage.invites.store(invite("other", phone), mail("other"));
        expect(await storage.associations.bind(association(alice, "@a:example.org"))).toEqual([
          { token: "t2", roomId: "!room-t2:example.org", sender: "@inviter:example.org" },
          { token: "t1", roomId: "!room-t1:example.org", sender: "@inviter:example.org" },
        ]);
        expect(await storage.invites.hasEphemeralKey("key-of-t1", 1_000)).toBe(false);
        expect(await storage.invites.senderOf("t1", 1_000)).toBeUndefined();
        expect(await storage.invites.senderOf("other", 1_000)).toBe("@inviter:example.org");
      });

      it("are given again to the user who has them, never to the next owner of the address", async () => {
        await storage.invites.store(invite("t1"), mail("t1"));
        const bind = async (mxid: string) =>
          (await storage.associations.bind(association(alice, mxid))).map(({ token }) => token);
        expect(await bind("@a:example.org")).toEqual(["t1"]);
        expect(await bind("@a:example.org")).toEqual(["t1"]);
        await storage.associations.unbind(alice, "@a:example.org");
        expect(await bind("@b:example.org")).toEqual([]);
        await storage.associations.unbind(alice, "@b:example.org");
        await storage.invites.store(invite("t2"), mail("t2"));
        expect(await bind("@b:example.org")).toEqual(["t2"]);
        expect(await bind("@a:example.org")).toEqual(["t1"]);
      });

      it("end when they expire, in every respect", async () => {
        const until = (token: string, expiresAt: number) => ({ ...invite(token), expiresAt });
        await storage.invites.store(until("early", 1_000), mail("early"));
        await storage.invites.store(until("late", 1_001), mail("late"));
        await storage.invites.store(invite("ever"), mail("ever"));
        expect(await storage.invites.senderOf("early", 999)).toBe("@inviter:example.org");
        expect(await storage.invites.hasEphemeralKey("key-of-early", 999)).toBe(true);
        expect(await storage.invites.senderOf("early", 1_000)).toBeUndefined();
        expect(await storage.invites.hasEphemeralKey("key-of-early", 1_000)).toBe(false);
        const bind = async (ts: number) =>
          (await storage.associations.bind(association(alice, "@a:example.org", ts))).map(({ token }) => token);
        expect(await bind(1_000)).toEqual(["late", "ever"]);
        expect(await bind(1_001)).toEqual(["ever"]);
        expect(await storage.invites.dropExpired(999, 10)).toBe(0);
        expect(await storage.invites.dropExpired(2_000, 1)).toBe(1);
        expect(await storage.invites.dropExpired(2_000, 10)).toBe(1);
        expect(await bind(1_000)).toEqual(["ever"]);
        await storage.associations.erase(alice, 1_000);
        expect(await bind(1_000)).toEqual([]);
      });

      it("are told of in the transaction of the bind, until they were delivered", async () => {
        const told: string[][] = [];
        const bind = (mxid: string, fail = false) =>
          storage.associations.bind(association(alice, mxid), (undelivered) => {
            told.push(undelivered.map(({ token }) => token));
            if (fail) throw new Error("cannot sign");
            return { kind: "onbind", payload: { mxid }, dueAt: 5, destination: "example.org", threepid: alice };
          });
        await storage.invites.store(invite("t1"), mail("t1"));
        await expect(bind("@a:example.org", true)).rejects.toThrow("cannot sign");
        expect(await storage.associations.find(alice)).toBeUndefined();
        expect(await storage.outbox.nextDue("onbind")).toBeUndefined();
        await bind("@a:example.org");
        expect(await storage.outbox.nextDue("onbind")).toBe(5);
        await bind("@a:example.org");
        await bind("@b:example.org");
        await storage.invites.markDelivered(["t1", "unknown"], 1_000);
        await bind("@a:example.org");
        expect(told).toEqual([["t1"], ["t1"], ["t1"], [], []]);
      });

      it("never reach two users, in whatever order things happen", async () => {
        const users = ["@a:example.org", "@b:example.org", "@c:example.org"] as const;
        const step = fc.oneof(
          fc.record({ do: fc.constant("invite" as const), address: fc.nat(1) }),
          fc.record({
            do: fc.constantFrom("bind" as const, "unbind" as const),
            address: fc.nat(1),
            mxid: fc.constantFrom(...users),
          }),
        );
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
            run += 1;
            const owners = new Map<string, string>();
            const waiting = new Map<number, number>();
            const bound = new Map<number, string>();
            const threepid = (n: number): Threepid => ({ medium: "email", address: `run-${run}-${n}@example.org` });
            for (const [i, taken] of steps.entries()) {
              if (taken.do === "invite") {
                const token = `run-${run}-${i}`;
                const { outcome } = await storage.invites.store(invite(token, threepid(taken.address)), mail(token));
                expect(outcome).toBe(bound.has(taken.address) ? "in-use" : "stored");
                if (outcome === "stored") waiting.set(taken.address, (waiting.get(taken.address) ?? 0) + 1);
              } else if (taken.do === "unbind") {
                const was = await storage.associations.unbind(threepid(taken.address), taken.mxid);
                expect(was).toBe(bound.get(taken.address) === taken.mxid);
                if (was) bound.delete(taken.address);
              } else {
                const given = await storage.associations.bind(association(threepid(taken.address), taken.mxid));
                bound.set(taken.address, taken.mxid);
                const fresh = given.filter(({ token }) => !owners.has(token));
                expect(fresh).toHaveLength(waiting.get(taken.address) ?? 0);
                waiting.delete(taken.address);
                for (const { token } of given) expect(owners.get(token) ?? taken.mxid).toBe(taken.mxid);
                for (const { token } of fresh) owners.set(token, taken.mxid);
              }
            }
          }),
          { numRuns: 100 },
        );
      });

      it("go to one user when several bind the address at once", async () => {
        for (const token of ["t1", "t2", "t3"]) await storage.invites.store(invite(token), mail(token));
        const users = Array.from({ length: 20 }, (_, i) => `@user${i}:example.org`);
        const answers = await Promise.all(users.map((mxid) => storage.associations.bind(association(alice, mxid))));
        expect(answers.map(({ length }) => length).filter((length) => length > 0)).toEqual([3]);
      });

      it("are either refused or claimed when they arrive during a bind", async () => {
        const [, ...stored] = await Promise.all([
          storage.associations.bind(association(alice, "@a:example.org")),
          ...["t1", "t2", "t3"].map((token) => storage.invites.store(invite(token), mail(token))),
        ]);
        const claimed = await storage.associations.bind(association(alice, "@a:example.org"));
        expect(claimed).toHaveLength(stored.filter(({ outcome }) => outcome === "stored").length);
      });
    });

    describe("access tokens", () => {
      it("lead to their owner until they are removed", async () => {
        await storage.accessTokens.add("hash-1", "@a:example.org", 1);
        await storage.accessTokens.add("hash-2", "@a:example.org", 2);
        expect(await storage.accessTokens.ownerOf("hash-1")).toBe("@a:example.org");
        expect(await storage.accessTokens.ownerOf("hash-3")).toBeUndefined();
        expect(await storage.accessTokens.remove("hash-1")).toBe(true);
        expect(await storage.accessTokens.remove("hash-1")).toBe(false);
        expect(await storage.accessTokens.ownerOf("hash-1")).toBeUndefined();
        expect(await storage.accessTokens.ownerOf("hash-2")).toBe("@a:example.org");
      });

      it("are kept up to a number for each user, the newest of them", async () => {
        const { accessTokens } = storage;
        for (const [hash, at] of Object.entries({ b: 2, a: 1, d: 4, c: 3 }))
          await accessTokens.add(hash, "@a:b", at, 3);
        await accessTokens.add("other", "@b:b", 0, 3);
        const standing = async (...hashes: string[]) => {
          const owners = await Promise.all(hashes.map((hash) => accessTokens.ownerOf(hash)));
          return hashes.filter((_, index) => owners[index] !== undefined).join(" ");
        };
        const all = ["a", "b", "c", "d", "e", "f", "other"];
        expect(await standing(...all)).toBe("b c d other");
        // Whatever their time says, the one that was just made stands.
        await accessTokens.add("e", "@a:b", 0, 3);
        expect(await standing(...all)).toBe("c d e other");
        await accessTokens.add("f", "@a:b", 4, 1);
        expect(await standing(...all)).toBe("f other");
      });

      it("are not known from an age on, and then forgotten, the oldest first", async () => {
        const { accessTokens } = storage;
        for (const [hash, at] of Object.entries({ a: 1, b: 2, c: 3, d: 4 })) await accessTokens.add(hash, "@a:b", at);
        expect(await accessTokens.ownerOf("b", 1)).toBe("@a:b");
        expect(await accessTokens.ownerOf("b", 2)).toBeUndefined();
        expect(await accessTokens.dropIssued(3, 2)).toBe(2);
        expect(await accessTokens.ownerOf("b")).toBeUndefined();
        expect(await accessTokens.ownerOf("c")).toBe("@a:b");
        expect(await accessTokens.dropIssued(3, 2)).toBe(1);
        expect(await accessTokens.dropIssued(3, 2)).toBe(0);
        expect(await accessTokens.ownerOf("d")).toBe("@a:b");
      });

      it("are never handed to a second owner", async () => {
        await storage.accessTokens.add("hash", "@a:example.org", 1);
        await expect(storage.accessTokens.add("hash", "@b:example.org", 2)).rejects.toThrow();
        expect(await storage.accessTokens.ownerOf("hash")).toBe("@a:example.org");
      });
    });
  });
};

/** What every storage backend must do for the tables that both servers have. */

import { describe, expect, it } from "vitest";
import type { Outbox } from "../../../runtime/ports/outbox.js";
import type { SigningKeys, StoredSigningKey } from "../../../runtime/ports/signing-keys.js";
import type { NewValidationSession, ValidationSessions } from "../../../runtime/ports/validation-sessions.js";
import { newSeed, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { outboxContract } from "./outbox-contract.js";

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

/** Runs the whole contract over one backend. */
export const baseStorageContract = (backend: string, make: MakeStorage): void => {
  describe(`base storage on ${backend}`, () => {
    sessionsContract(make);
    signingKeysContract(make);
    outboxContract(make);
  });
};

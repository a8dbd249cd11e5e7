/** What every storage of a homeserver does with registration tokens. */

import { describe, expect, it } from "vitest";
import type { HomeserverStorage } from "../../../runtime/ports/homeserver-storage.js";
import type { NewRegistrationToken } from "../../../runtime/ports/registration-tokens.js";

const token = (name: string, more: Partial<NewRegistrationToken> = {}): NewRegistrationToken => ({
  token: name,
  usesAllowed: undefined,
  expiresAt: undefined,
  createdAt: 1,
  ...more,
});

/** Sessions that were opened at 10 are still open. */
const moment = { now: 100, openedSince: 5 };

export const describeRegistrationTokens = (storage: () => HomeserverStorage): void => {
  const tokens = () => storage().registrationTokens;
  const open = (hash: string, createdAt = 10) =>
    storage().interactiveSessions.open({ hash, operation: "register", offer: "{}", createdAt });

  describe("registration tokens", () => {
    it("are issued once each, listed with the newest first, and taken back", async () => {
      const once = token("once", { usesAllowed: 1, expiresAt: 500, createdAt: 2 });
      expect(await tokens().issue(token("many"))).toBe(true);
      expect(await tokens().issue(once)).toBe(true);
      expect(await tokens().issue(token("once"))).toBe(false);
      const unused = { completed: 0, pending: 0 };
      expect(await tokens().list(moment)).toEqual([
        { ...once, ...unused },
        { ...token("many"), ...unused },
      ]);
      expect(await tokens().revoke("many")).toBe(true);
      expect(await tokens().revoke("many")).toBe(false);
      expect(await tokens().list(moment)).toHaveLength(1);
    });

    it.each([
      { what: "without an end", given: {}, valid: true },
      { what: "before its end", given: { expiresAt: 101 }, valid: true },
      { what: "at its end", given: { expiresAt: 100 }, valid: false },
      { what: "with a use left", given: { usesAllowed: 1 }, valid: true },
      { what: "without a use", given: { usesAllowed: 0 }, valid: false },
    ])("are good: $what $valid", async ({ given, valid }) => {
      await tokens().issue(token("t", given));
      await open("s");
      expect(await tokens().isValid("t", moment)).toBe(valid);
      expect(await tokens().reserve("t", "s", moment)).toBe(valid);
      expect(await tokens().isValid("unknown", moment)).toBe(false);
      expect(await tokens().reserve("unknown", "s", moment)).toBe(false);
    });

    it("keep a use for each session that showed one, and not twice for the same", async () => {
      await tokens().issue(token("t", { usesAllowed: 2 }));
      for (const session of ["a", "b", "c"]) await open(session);
      expect(await tokens().reserve("t", "a", moment)).toBe(true);
      expect(await tokens().reserve("t", "a", moment)).toBe(true);
      expect(await tokens().list(moment)).toMatchObject([{ pending: 1, completed: 0 }]);
      expect(await tokens().reserve("t", "b", moment)).toBe(true);
      expect(await tokens().isValid("t", moment)).toBe(false);
      expect(await tokens().reserve("t", "c", moment)).toBe(false);
      expect(await tokens().reserve("t", "unknown", moment)).toBe(false);
    });

    it("count an account when its claim is reserved, and give the use back when it is released", async () => {
      await tokens().issue(token("t", { usesAllowed: 1 }));
      for (const session of ["a", "b"]) await open(session);
      await tokens().reserve("t", "a", moment);
      const claim = { interactiveSession: "a", provenSessions: [], registrationToken: "t" };
      const { claims } = storage();
      expect(await Promise.all([claims.reserve(claim, 50), claims.reserve(claim, 50)])).toEqual(["reserved", "spent"]);
      expect(await tokens().list(moment)).toMatchObject([{ completed: 1, pending: 0 }]);
      expect(await tokens().reserve("t", "b", moment)).toBe(false);
      await claims.release(claim);
      expect(await tokens().list(moment)).toMatchObject([{ completed: 0, pending: 1 }]);
      expect(await claims.reserve(claim, 50)).toBe("reserved");
      expect(await tokens().isValid("t", moment)).toBe(false);
    });

    it("let nothing be claimed that was not kept, or was revoked", async () => {
      await tokens().issue(token("t"));
      for (const session of ["a", "b"]) await open(session);
      await tokens().reserve("t", "a", moment);
      const { claims, interactiveSessions } = storage();
      const claimOf = (interactiveSession: string) => ({
        interactiveSession,
        provenSessions: [],
        registrationToken: "t",
      });
      expect(await claims.reserve(claimOf("b"), 50)).toBe("token-ended");
      expect(await interactiveSessions.find("b")).toMatchObject({ used: false });
      await tokens().revoke("t");
      await tokens().issue(token("t"));
      expect(await claims.reserve(claimOf("a"), 50)).toBe("token-ended");
      expect(await interactiveSessions.find("a")).toMatchObject({ used: false });
    });

    it("are free again for others when a session is over, dropped, or shows another", async () => {
      await tokens().issue(token("t", { usesAllowed: 1 }));
      await tokens().issue(token("u"));
      for (const session of ["a", "b"]) await open(session);
      await tokens().reserve("t", "a", moment);
      expect(await tokens().isValid("t", { ...moment, openedSince: 10 })).toBe(true);
      expect(await tokens().isValid("t", moment)).toBe(false);
      await tokens().reserve("u", "a", moment);
      expect(await tokens().reserve("t", "b", moment)).toBe(true);
      await storage().interactiveSessions.dropOpenedBefore(11, 10);
      expect(await tokens().isValid("t", moment)).toBe(true);
    });
  });
};

import { beforeEach, expect, it, vi } from "vitest";
import type { ValidationSessions } from "../../../runtime/ports/validation-sessions.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { sqliteValidationSessions } from "../../../runtime/storage/sqlite/validation-sessions.js";
import { validation } from "../../../runtime/validation/validation.js";
import { fakeClock, fakeCourier, fakeLimiter, fakePages, fakeSms } from "../fakes.js";

/** What was done, in order: hashes, comparisons, and what storage and limiter were asked. */
const work = vi.hoisted((): string[] => []);

vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:crypto")>();
  return {
    ...real,
    hash: (algorithm: string, data: string, encoding: "hex") => {
      work.push(`hash ${algorithm}`);
      return real.hash(algorithm, data, encoding);
    },
    timingSafeEqual: (one: Uint8Array, other: Uint8Array) => {
      work.push(`compare ${one.length} ${other.length} bytes`);
      return real.timingSafeEqual(one, other);
    },
  };
});

/** What no text message holds: codes are digits. */
const wrongToken = "no-code";

const setUp = () => {
  const connection = openSqlite(":memory:");
  migrate(connection, baseMigrations, 0);
  const limiter = fakeLimiter();
  const stored = sqliteValidationSessions(connection);
  const sessions: ValidationSessions = {
    ...stored,
    find: (sid) => {
      work.push("find");
      return stored.find(sid);
    },
  };
  return validation({
    sessions,
    courier: fakeCourier(),
    sms: fakeSms(),
    pages: fakePages,
    clock: fakeClock(),
    random: systemRandom,
    limiter: {
      consume: (scope, key, cost) => {
        work.push(scope);
        return limiter.consume(scope, key, cost);
      },
    },
  });
};

beforeEach(() => {
  work.length = 0;
});

const steps = ["find", "hash sha256", "hash sha256", "compare 32 32 bytes", "secret.sid"];

it("Sydent pull request 143: a wrong secret and an unknown sid are answered in like time, by the same steps", async () => {
  const { requestMsisdn, submit, validated } = setUp();
  const phone = { country: "GB", phoneNumber: "07400 123456", clientIp: "192.0.2.1", sendAttempt: 1 };
  const { sid } = await requestMsisdn({ ...phone, clientSecret: "a_secret" });
  const nobodys = "A".repeat(24);
  const workOf = async (asked: Promise<unknown>): Promise<string[]> => {
    await asked.catch(() => undefined);
    return work.splice(0);
  };
  work.length = 0;
  for (const clientSecret of ["wrong", "w".repeat(255), "a_secre", ""]) {
    expect(await workOf(validated(sid, clientSecret))).toEqual(steps);
    expect(await workOf(validated(nobodys, clientSecret))).toEqual(steps);
    expect(await workOf(submit("msisdn", { sid, clientSecret, token: wrongToken }))).toEqual(steps);
    expect(await workOf(submit("msisdn", { sid: nobodys, clientSecret, token: wrongToken }))).toEqual(steps);
  }
});

import { describe, expect, it } from "vitest";
import type { NamedAccount } from "../../../runtime/homeserver/domain/account-identifier.js";
import {
  type PasswordAttempt,
  type PasswordCheck,
  passwordCheck,
} from "../../../runtime/homeserver/domain/password-check.js";
import type { AccountStore } from "../../../runtime/ports/account-store.js";
import { ProtocolError } from "../../../runtime/protocol/errors.js";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { memoryLimiter } from "../../../runtime/storage/memory-limiter.js";
import { accountTable } from "../../support/account-table.js";
import { fakeClock, fakeLimiter } from "../fakes.js";

const alice = "@alice:example.org";
const cheap = passwords(systemRandom, { cost: { logN: 4, r: 8, p: 1 }, concurrency: 1, queue: 10 });

/** A table that came with hashes of another kind, and one user in it. */
const withForeignHash = async (passwordHash: string | undefined) => {
  const asked: string[] = [];
  const found: string[] = [];
  const table = accountTable();
  const accounts: AccountStore = {
    ...table,
    find: (mxid) => {
      found.push(mxid);
      return table.find(mxid);
    },
    checkPassword: async (mxid, password) => {
      asked.push(mxid);
      return mxid === alice && password === "theirs";
    },
  };
  await accounts.create({
    mxid: alice,
    kind: "user",
    passwordHash,
    createdAt: 1,
    session: undefined,
    threepids: [],
  });
  const checkOf = (store: AccountStore) => passwordCheck({ accounts: store, passwords: cheap, limiter: fakeLimiter() });
  const check = checkOf(accounts);
  const attempt = (password: string, named = alice): ReturnType<PasswordCheck> =>
    check({ named: { name: named, mxid: named }, password, clientIp: "192.0.2.1" });
  const stored = async () => (await accounts.find(alice))?.passwordHash;
  return { accounts, asked, found, attempt, stored, checkOf };
};

it("lets a store judge hashes of another kind, and replaces one that matched", async () => {
  const { attempt, stored } = await withForeignHash("$2b$12$another-kind");
  expect(await attempt("wrong")).toMatchObject({ matches: false, account: { mxid: alice } });
  expect(await stored()).toBe("$2b$12$another-kind");
  const { account, matches } = await attempt("theirs");
  expect([matches, account?.passwordHash]).toEqual([true, await stored()]);
  expect(await cheap.verify("theirs", await stored())).toEqual({ matches: true, rehash: false });
});

it("asks a store that keeps no hashes, and leaves it none", async () => {
  const { attempt, stored } = await withForeignHash(undefined);
  expect([(await attempt("theirs")).matches, (await attempt("wrong")).matches]).toEqual([true, false]);
  expect(await stored()).toBeUndefined();
});

it("judges hashes made here by itself, whatever the store says", async () => {
  const { attempt } = await withForeignHash(await cheap.hash("ours"));
  expect([(await attempt("ours")).matches, (await attempt("theirs")).matches]).toEqual([true, false]);
});

it("asks the store at every attempt, for names that nobody has as well", async () => {
  const { asked, attempt } = await withForeignHash(await cheap.hash("ours"));
  await attempt("ours");
  expect(await attempt("ours", "@nobody:example.org")).toEqual({ account: undefined, matches: false });
  expect(asked).toEqual([alice, "@nobody:example.org"]);
});

it.each([
  '{"kind":"user","user":"x"}',
  "alice",
  "@alice",
  `@${"a".repeat(1024)}:example.org`,
  "@alice:not a server",
  "@al\0ice:example.org",
])("asks the store about user IDs alone, as often for %.40s", async (named) => {
  const { asked, found, attempt } = await withForeignHash(undefined);
  expect(await attempt("theirs", named)).toEqual({ account: undefined, matches: false });
  expect([asked, found]).toEqual([["@nobody:nobody.invalid"], ["@nobody:nobody.invalid"]]);
});

it("takes nobody for somebody, whatever the store answers", async () => {
  const { accounts, checkOf } = await withForeignHash(undefined);
  const mistaken = { ...accounts, find: () => accounts.find(alice), checkPassword: async () => true };
  const named = { name: "nobody", mxid: undefined };
  expect(await checkOf(mistaken)({ named, password: "any", clientIp: "192.0.2.1" })).toEqual({
    account: undefined,
    matches: false,
  });
});

describe("wrong passwords", () => {
  const byAddress = { name: "email alice@example.org", mxid: alice };
  const byName = { name: alice, mxid: alice };
  const unknown = { name: "email nobody@example.org", mxid: undefined };
  const hour = { points: 3, durationMs: 3_600_000 };

  /** Three an hour by account and client, and so many by account. */
  const limited = async (everywhere = 100) => {
    const { accounts } = await withForeignHash(await cheap.hash("right"));
    const limiter = memoryLimiter(
      { "password.account": hour, "password.everywhere": { ...hour, points: everywhere } },
      fakeClock(),
    );
    const check = passwordCheck({ accounts, passwords: cheap, limiter });
    return async (named: NamedAccount, password: string, given: Partial<PasswordAttempt> = {}) => {
      try {
        const { matches } = await check({ named, password, clientIp: "192.0.2.1", ...given });
        return matches ? "right" : "wrong";
      } catch (error) {
        return error instanceof ProtocolError ? error.errcode : error;
      }
    };
  };
  type Tried = Awaited<ReturnType<typeof limited>>;

  const useUp = async (tried: Tried, named: NamedAccount, given: Partial<PasswordAttempt> = {}) => {
    const answers: unknown[] = [];
    for (const _ of [1, 2, 3, 4]) answers.push(await tried(named, "guess", given));
    return answers;
  };

  it.each([
    ["a user ID", byName],
    ["an address", byAddress],
    ["an address of nobody", unknown],
  ])("are limited alike for %s", async (_, named) => {
    expect(await useUp(await limited(), named)).toEqual(["wrong", "wrong", "wrong", "M_LIMIT_EXCEEDED"]);
  });

  it.each([
    ["an address, after the user ID", byName, byAddress],
    ["the user ID, after an address", byAddress, byName],
  ])("tell nobody whose is %s", async (_, usedUp, other) => {
    const tried = await limited();
    await useUp(tried, usedUp);
    // As of nobody's, and not even the right one is told from others.
    expect(await useUp(tried, other)).toEqual(await useUp(tried, unknown));
    const again = await limited();
    await useUp(again, usedUp);
    expect(await again(other, "right")).toBe("wrong");
  });

  it("keep no owner out who is elsewhere or logged in", async () => {
    const tried = await limited();
    await useUp(tried, byName);
    expect(await tried(byName, "right")).toBe("M_LIMIT_EXCEEDED");
    expect(await tried(byName, "right", { clientIp: "192.0.2.2" })).toBe("right");
    expect(await tried(byName, "right", { caller: alice })).toBe("right");
    expect(await tried(byName, "right", { caller: "@bob:example.org" })).toBe("M_LIMIT_EXCEEDED");
    expect(await useUp(tried, byAddress, { caller: alice })).toEqual(["wrong", "wrong", "wrong", "M_LIMIT_EXCEEDED"]);
  });

  it("are limited from everywhere together", async () => {
    const tried = await limited(5);
    await useUp(tried, byName);
    await useUp(tried, byName, { clientIp: "192.0.2.2" });
    expect(await tried(byName, "right", { clientIp: "192.0.2.3" })).toBe("M_LIMIT_EXCEEDED");
    expect(await tried(byAddress, "right", { clientIp: "192.0.2.3" })).toBe("wrong");
  });

  it("are counted, and right ones are not", async () => {
    const tried = await limited();
    for (const _ of [1, 2, 3, 4, 5]) expect(await tried(byName, "right")).toBe("right");
  });

  it("tried at once are no more than one after the other", async () => {
    const tried = await limited();
    const guesses = ["1", "2", "3", "4", "5", "right"].map((password) => tried(byName, password));
    expect(await Promise.all(guesses)).not.toContain("right");
  });
});

it("hashes as much for a name that nobody has, and for an account without a password", async () => {
  const accounts = accountTable();
  await accounts.create({
    mxid: alice,
    kind: "guest",
    passwordHash: undefined,
    createdAt: 1,
    session: undefined,
    threepids: [],
  });
  const hashed: (string | undefined)[] = [];
  const counting = {
    ...cheap,
    verify: (password: string, stored: string | undefined) => {
      hashed.push(stored);
      return cheap.verify(password, stored);
    },
  };
  const check = passwordCheck({ accounts, passwords: counting, limiter: fakeLimiter() });
  for (const mxid of [alice, "@nobody:example.org", undefined]) {
    const named = { name: mxid ?? "no user ID", mxid };
    expect(await check({ named, password: "any", clientIp: "192.0.2.1" })).toMatchObject({ matches: false });
  }
  expect(hashed).toEqual([undefined, undefined, undefined]);
});

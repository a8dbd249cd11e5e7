import { expect, it } from "vitest";
import { type PasswordCheck, passwordCheck } from "../../../runtime/homeserver/domain/password-check.js";
import type { AccountStore } from "../../../runtime/ports/account-store.js";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { accountTable } from "../../support/account-table.js";
import { fakeLimiter } from "../fakes.js";

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
    check({ named, password, clientIp: "192.0.2.1" });
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
  expect(await checkOf(mistaken)({ named: "nobody", password: "any", clientIp: "192.0.2.1" })).toEqual({
    account: undefined,
    matches: false,
  });
});

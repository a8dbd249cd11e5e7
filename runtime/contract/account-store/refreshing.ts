import { deepEqual, equal } from "node:assert/strict";
import type { AccountStore, NewTokens } from "../../ports/account-store.js";
import { account, alice, contractTest, goodTokens, session, tokens } from "./contract-test.js";

/** Tokens of a client that refreshes. */
const pair = (name: string, more: Partial<NewTokens> = {}): NewTokens =>
  tokens(name, { refresh: { hash: `refresh ${name}`, expiresAt: undefined }, ...more });

const withPair = (store: AccountStore, more: Partial<NewTokens> = {}) =>
  store.create(account(alice, { session: session("PHONE", { tokens: pair("1", more) }) }));

const refresh = (store: AccountStore, from: string, to: string, at = 5) =>
  store.refresh({ refreshHash: `refresh ${from}`, tokens: pair(to), at });

export const refreshing = [
  contractTest("tokens say when they expire, and are known after that", async (store) => {
    await withPair(store, { expiresAt: 3 });
    equal((await store.useAccessToken("access 1", 5))?.expiresAt, 3);
    await store.refresh({ refreshHash: "refresh 1", tokens: pair("2", { expiresAt: 9 }), at: 5 });
    equal((await store.useAccessToken("access 2", 5))?.expiresAt, 9);
  }),
  contractTest("a refresh gives new tokens to the same device", async (store) => {
    await withPair(store);
    equal(await refresh(store, "1", "2"), "refreshed");
    const { mxid, deviceId } = (await store.useAccessToken("access 2", 5)) ?? {};
    deepEqual([mxid, deviceId], [alice, "PHONE"]);
    equal((await store.devices(alice)).length, 1);
  }),
  contractTest("old tokens are good until a new access token is used, and not after that", async (store) => {
    await withPair(store);
    await refresh(store, "1", "2");
    deepEqual(await goodTokens(store, "1", "1", "2", "1"), ["1", "1", "2"]);
    equal(await refresh(store, "1", "3"), "expired");
    deepEqual(await goodTokens(store, "2", "3"), ["2"]);
  }),
  contractTest("old tokens are good until a new refresh token is used, and not after that", async (store) => {
    await withPair(store);
    await refresh(store, "1", "2");
    equal(await refresh(store, "2", "3"), "refreshed");
    equal(await refresh(store, "1", "4"), "expired");
    deepEqual(await goodTokens(store, "1", "2", "4"), ["2"]);
    deepEqual(await goodTokens(store, "3", "2"), ["3"]);
  }),
  contractTest("a client whose answer was lost refreshes again; what it did not get is not good", async (store) => {
    await withPair(store);
    equal(await refresh(store, "1", "lost"), "refreshed");
    equal(await refresh(store, "1", "2"), "refreshed");
    deepEqual(await goodTokens(store, "lost", "1", "2", "1"), ["1", "2"]);
    equal(await refresh(store, "lost", "3"), "unknown");
    equal(await refresh(store, "2", "4"), "refreshed");
  }),
  contractTest("of two refreshes at the same time one gives tokens that are good", async (store) => {
    await withPair(store);
    deepEqual(await Promise.all([refresh(store, "1", "a"), refresh(store, "1", "b")]), ["refreshed", "refreshed"]);
    const good = await goodTokens(store, "a", "b");
    equal(good.length, 1);
    deepEqual(await goodTokens(store, "1"), []);
    equal(await refresh(store, good[0] ?? "", "c"), "refreshed");
  }),
  contractTest("a use and a refresh at the same time leave one line of tokens", async (store) => {
    await withPair(store);
    await refresh(store, "1", "2");
    const [, outcome] = await Promise.all([store.useAccessToken("access 2", 5), refresh(store, "1", "3")]);
    const good = await goodTokens(store, "2", "3");
    deepEqual(good, outcome === "refreshed" ? ["3"] : ["2"]);
  }),
  contractTest("a refresh token ends at its time", async (store) => {
    await withPair(store, { refresh: { hash: "refresh 1", expiresAt: 7 } });
    equal(await refresh(store, "1", "2", 6), "refreshed");
    equal(await refresh(store, "1", "3", 7), "expired");
    deepEqual(await goodTokens(store, "3", "2"), ["2"]);
  }),
  contractTest(
    "nobody else's token refreshes: unknown ones, access tokens, those of devices that went",
    async (store) => {
      await withPair(store);
      equal(await refresh(store, "unknown", "2"), "unknown");
      equal(await store.refresh({ refreshHash: "access 1", tokens: pair("2"), at: 5 }), "unknown");
      await store.removeDevices(alice, ["PHONE"]);
      equal(await refresh(store, "1", "2"), "unknown");
      deepEqual(await goodTokens(store, "1", "2"), []);
    },
  ),
  contractTest("a locked account does not refresh, and goes on where it was when it is unlocked", async (store) => {
    await withPair(store);
    await store.setLocked(alice, true);
    equal(await refresh(store, "1", "2"), "locked");
    deepEqual(await goodTokens(store, "1", "2"), ["1"]);
    await store.setLocked(alice, false);
    equal(await refresh(store, "1", "2"), "refreshed");
  }),
  contractTest("a refresh token that was replaced is forgotten with its device", async (store) => {
    await withPair(store);
    await refresh(store, "1", "2");
    await store.useAccessToken("access 2", 5);
    equal(await refresh(store, "1", "3"), "expired");
    await store.removeDevices(alice, ["PHONE"]);
    equal(await refresh(store, "1", "3"), "unknown");
  }),
  contractTest("tokens that wait for their first use go with their device", async (store) => {
    await withPair(store);
    await refresh(store, "1", "2");
    await store.changePassword({ mxid: alice, passwordHash: "new", keepDevices: [] });
    deepEqual(await goodTokens(store, "1", "2"), []);
    equal(await refresh(store, "2", "3"), "unknown");
  }),
];

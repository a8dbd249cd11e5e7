import { deepEqual, equal } from "node:assert/strict";
import type { AccountStore, NewTokens } from "../../ports/account-store.js";
import { account, alice, bob, contractTest, goodTokens, session, tokens } from "./contract-test.js";

const hour = 60 * 60 * 1000;

const logIn = (store: AccountStore, deviceId: string, at: number, maxDevices: number) =>
  store.openSession({ mxid: alice, passwordHash: "hash", session: session(deviceId), at, maxDevices });

const idsOf = async (store: AccountStore, mxid: string) =>
  (await store.devices(mxid)).map(({ deviceId }) => deviceId).toSorted();

/** A pair of which the access token ends at one time, and the refresh token at another. */
const ending = (name: string, at: number | undefined, refreshAt: number | undefined): NewTokens =>
  tokens(name, { expiresAt: at, refresh: { hash: `refresh ${name}`, expiresAt: refreshAt } });

const lasting = (name: string): NewTokens => ending(name, undefined, undefined);

const counted = [
  contractTest("a login beyond the number of devices ends the one that was used least recently", async (store) => {
    await store.create(account(alice));
    await store.create(account(bob));
    await logIn(store, "A", 2 * hour, 3);
    await logIn(store, "B", 4 * hour, 3);
    // The phone was the first, and is used most.
    await store.useAccessToken(`access ${alice}`, 6 * hour);
    equal(await logIn(store, "C", 8 * hour, 3), "opened");
    deepEqual(await idsOf(store, alice), ["B", "C", "PHONE"]);
    deepEqual(await goodTokens(store, alice, "A", "B", "C", bob), [alice, "B", "C", bob]);
  }),
  contractTest("a token that has expired, or is a locked account's, does not make a device used", async (store) => {
    await store.create(account(alice, { session: session("PHONE", { tokens: ending(alice, 5 * hour, undefined) }) }));
    await logIn(store, "A", 2 * hour, 3);
    await logIn(store, "B", 4 * hour, 3);
    await store.useAccessToken(`access ${alice}`, 5 * hour);
    await store.setLocked(alice, true);
    await store.useAccessToken("access A", 6 * hour);
    await store.setLocked(alice, false);
    await logIn(store, "C", 8 * hour, 3);
    deepEqual(await idsOf(store, alice), ["A", "B", "C"]);
    await logIn(store, "D", 9 * hour, 3);
    deepEqual(await idsOf(store, alice), ["B", "C", "D"]);
  }),
  contractTest("a refresh is a use, and so is a login of a device that is there", async (store) => {
    await store.create(account(alice, { session: session("PHONE", { tokens: lasting("1") }) }));
    await logIn(store, "A", 2 * hour, 3);
    await logIn(store, "B", 4 * hour, 3);
    await store.refresh({ refreshHash: "refresh 1", tokens: lasting("2"), at: 6 * hour });
    await logIn(store, "A", 8 * hour, 3);
    await logIn(store, "C", 10 * hour, 3);
    deepEqual(await idsOf(store, alice), ["A", "C", "PHONE"]);
  }),
  contractTest(
    "whoever logs in stays, and where fewer devices are allowed than there are, several go",
    async (store) => {
      await store.create(account(alice));
      for (const [index, name] of ["A", "B", "C"].entries()) await logIn(store, name, (2 + index) * hour, 10);
      equal(await logIn(store, "A", 9 * hour, 1), "opened");
      deepEqual(await idsOf(store, alice), ["A"]);
      equal(await logIn(store, "B", 1, 1), "opened");
      deepEqual(await idsOf(store, alice), ["B"]);
    },
  ),
];

const ended = [
  contractTest("tokens that have both ended go with their device, so many at a time", async (store) => {
    if (store.dropEnded === undefined) return;
    await store.create(account(alice, { session: undefined }));
    for (const [name, given] of Object.entries({
      ENDED: ending("ENDED", 3, 5),
      LATER: ending("LATER", 4, 7),
      REFRESHED: ending("REFRESHED", 3, undefined),
      LASTING: tokens("LASTING"),
    })) {
      const opened = {
        mxid: alice,
        passwordHash: "hash",
        session: session(name, { tokens: given }),
        at: 2,
        maxDevices: 9,
      };
      await store.openSession(opened);
    }
    equal(await store.dropEnded(5, 9), 0);
    equal(await store.dropEnded(8, 1), 1);
    deepEqual(await idsOf(store, alice), ["LASTING", "LATER", "REFRESHED"]);
    deepEqual([await store.dropEnded(8, 9), await store.dropEnded(8, 9)], [1, 0]);
    deepEqual(await idsOf(store, alice), ["LASTING", "REFRESHED"]);
    equal(await store.refresh({ refreshHash: "refresh REFRESHED", tokens: tokens("NEW"), at: 9 }), "refreshed");
  }),
  contractTest("a device whose new tokens are good stays when those that they replace have ended", async (store) => {
    if (store.dropEnded === undefined) return;
    await store.create(account(alice, { session: session("PHONE", { tokens: ending("1", 5, 5) }) }));
    await store.refresh({ refreshHash: "refresh 1", tokens: ending("2", 50, 50), at: 4 });
    equal(await store.dropEnded(9, 9), 1);
    deepEqual(await idsOf(store, alice), ["PHONE"]);
    deepEqual(await goodTokens(store, "1", "2"), ["2"]);
    equal(await store.refresh({ refreshHash: "refresh 2", tokens: ending("3", 50, 50), at: 9 }), "refreshed");
  }),
];

export const boundedDevices = [...counted, ...ended];

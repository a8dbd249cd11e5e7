import { deepEqual, equal } from "node:assert/strict";
import type { AccountStore } from "../../ports/account-store.js";
import { account, alice, bob, contractTest, goodTokens, maxDevices, session, tokens } from "./contract-test.js";

const logIn = (store: AccountStore, deviceId: string, at: number, name = deviceId, displayName?: string) =>
  store.openSession({
    mxid: alice,
    passwordHash: "hash",
    session: session(deviceId, { displayName, tokens: tokens(name) }),
    at,
    maxDevices,
  });

const phone = { deviceId: "PHONE", displayName: "A phone" };

export const devices = [
  contractTest("devices are listed as they came, each with the name it came with", async (store) => {
    await store.create(account(alice));
    equal(await logIn(store, "Z", 2, "Z", "A desk"), "opened");
    equal(await logIn(store, "A", 3), "opened");
    deepEqual(await store.devices(alice), [
      phone,
      { deviceId: "Z", displayName: "A desk" },
      { deviceId: "A", displayName: undefined },
    ]);
    deepEqual(await store.devices(bob), []);
    deepEqual(await goodTokens(store, alice, "Z", "A"), [alice, "Z", "A"]);
  }),
  contractTest("a device that logs in again keeps its name and loses its earlier tokens", async (store) => {
    const refresh = { hash: "refresh 1", expiresAt: undefined };
    await store.create(account(alice));
    await store.openSession({
      mxid: alice,
      passwordHash: "hash",
      session: session("DESK", { displayName: "A desk", tokens: tokens("1", { refresh }) }),
      at: 2,
      maxDevices,
    });
    equal(await logIn(store, "DESK", 3, "2", "Another name"), "opened");
    deepEqual(await goodTokens(store, alice, "1", "2"), [alice, "2"]);
    equal(await store.refresh({ refreshHash: "refresh 1", tokens: tokens("3"), at: 4 }), "unknown");
    deepEqual(await store.devices(alice), [phone, { deviceId: "DESK", displayName: "A desk" }]);
  }),
  contractTest("of two logins of one device at the same time one is good", async (store) => {
    await store.create(account(alice));
    deepEqual(await Promise.all([logIn(store, "DESK", 2, "1"), logIn(store, "DESK", 2, "2")]), ["opened", "opened"]);
    equal((await goodTokens(store, "1", "2")).length, 1);
  }),
  contractTest("a device of the same id on another account is another device", async (store) => {
    await store.create(account(alice));
    await store.create(account(bob));
    await store.renameDevice(alice, "PHONE", "Mine");
    await store.removeDevices(alice, ["PHONE"]);
    deepEqual(await store.devices(bob), [phone]);
    deepEqual(await goodTokens(store, alice, bob), [bob]);
  }),
  contractTest("nobody logs in who has no account", async (store) => {
    equal(await logIn(store, "DESK", 2), "gone");
    deepEqual(await goodTokens(store, "DESK"), []);
  }),
  contractTest("a device is renamed when it is there", async (store) => {
    await store.create(account(alice));
    equal(await store.renameDevice(alice, "PHONE", "My phone"), true);
    equal(await store.renameDevice(alice, "OTHER", "Not mine"), false);
    equal(await store.renameDevice(bob, "PHONE", "Not mine"), false);
    deepEqual(await store.devices(alice), [{ deviceId: "PHONE", displayName: "My phone" }]);
  }),
  contractTest("devices go with their tokens: those that are named, or all", async (store) => {
    await store.create(account(alice));
    for (const name of ["A", "B", "C"]) await logIn(store, name, 2);
    await store.removeDevices(alice, ["A", "C", "NOT THERE"]);
    deepEqual(await goodTokens(store, alice, "A", "B", "C"), [alice, "B"]);
    deepEqual(
      (await store.devices(alice)).map(({ deviceId }) => deviceId),
      ["PHONE", "B"],
    );
    await store.removeDevices(alice, []);
    deepEqual(await goodTokens(store, alice, "B"), [alice, "B"]);
    await store.removeDevices(alice, "all");
    deepEqual(await goodTokens(store, alice, "B"), []);
    deepEqual(await store.devices(alice), []);
    await store.removeDevices(bob, "all");
  }),
];

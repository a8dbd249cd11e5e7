import { deepEqual, equal } from "node:assert/strict";
import type { AccountStore } from "../../ports/account-store.js";
import { account, alice, bob, contractTest, goodTokens, maxDevices, session } from "./contract-test.js";

const email = { medium: "email", address: "alice@example.org" } as const;
const onAccount = { ...email, validatedAt: 10, addedAt: 20 };

const stateOf = async (store: AccountStore, mxid: string) => (await store.find(mxid))?.state;

const registration = [
  contractTest("an account is found by its name and by its token", async (store) => {
    equal(await store.create(account(alice, { threepids: [onAccount] })), "created");
    deepEqual(await store.find(alice), { mxid: alice, kind: "user", passwordHash: "hash", state: "active" });
    const owner = { mxid: alice, kind: "user", deviceId: "PHONE", locked: false, expiresAt: undefined };
    deepEqual(await store.useAccessToken(`access ${alice}`, 5), owner);
    deepEqual(await store.threepids(alice), [onAccount]);
    equal(await store.find(bob), undefined);
    equal(await store.useAccessToken("unknown", 5), undefined);
  }),
  contractTest("a guest has neither password nor, without a session, a device", async (store) => {
    await store.create(account(alice, { kind: "guest", passwordHash: undefined, session: undefined }));
    deepEqual(await store.find(alice), { mxid: alice, kind: "guest", passwordHash: undefined, state: "active" });
    deepEqual(await store.devices(alice), []);
  }),
  contractTest("a name is given once, whoever asks at the same time, and upper case is another name", async (store) => {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => store.create(account(alice))));
    deepEqual(outcomes.toSorted(), ["created", ...Array.from({ length: 4 }, () => "mxid-taken")]);
    equal(await store.create(account("@Alice:example.org", { session: undefined })), "created");
  }),
  contractTest("nothing at all is created when a threepid is taken", async (store) => {
    await store.create(account(alice, { threepids: [onAccount] }));
    equal(await store.create(account(bob, { threepids: [onAccount] })), "threepid-taken");
    equal(await store.find(bob), undefined);
    deepEqual(await goodTokens(store, bob), []);
    equal(await store.create(account(bob)), "created");
  }),
];

const locking = [
  contractTest("a locked account keeps its tokens, which say so, until it is unlocked", async (store) => {
    await store.create(account(alice));
    equal(await store.setLocked(alice, true), "changed");
    equal(await stateOf(store, alice), "locked");
    equal((await store.useAccessToken(`access ${alice}`, 5))?.locked, true);
    equal(await store.setLocked(alice, true), "changed");
    equal(await store.setLocked(alice, false), "changed");
    equal(await stateOf(store, alice), "active");
    equal((await store.useAccessToken(`access ${alice}`, 5))?.locked, false);
  }),
  contractTest("nobody can be locked who is not there, or no more", async (store) => {
    equal(await store.setLocked(alice, true), "gone");
    await store.create(account(alice));
    await store.deactivate(alice, 9);
    equal(await store.setLocked(alice, true), "gone");
    equal(await stateOf(store, alice), "deactivated");
  }),
];

const deactivation = [
  contractTest("deactivation takes everything but the name, once", async (store) => {
    await store.create(account(alice, { threepids: [onAccount] }));
    const outcomes = await Promise.all([store.deactivate(alice, 9), store.deactivate(alice, 9)]);
    deepEqual(outcomes.toSorted(), ["deactivated", "gone"]);
    deepEqual(await store.find(alice), { mxid: alice, kind: "user", passwordHash: undefined, state: "deactivated" });
    deepEqual(await goodTokens(store, alice), []);
    deepEqual(await store.devices(alice), []);
    equal(await store.ownerOf(email), undefined);
    equal(await store.create(account(alice)), "mxid-taken");
    equal(await store.create(account(bob, { threepids: [onAccount] })), "created");
  }),
  contractTest("a locked account is deactivated like any other, and one that is not there is gone", async (store) => {
    equal(await store.deactivate(alice, 9), "gone");
    await store.create(account(alice));
    await store.setLocked(alice, true);
    equal(await store.deactivate(alice, 9), "deactivated");
    equal(await stateOf(store, alice), "deactivated");
  }),
  contractTest("nothing can be attached to a deactivated account", async (store) => {
    await store.create(account(alice));
    await store.deactivate(alice, 9);
    equal(await store.addThreepid(alice, onAccount), "gone");
    equal(await store.ownerOf(email), undefined);
    const login = { mxid: alice, passwordHash: undefined, session: session("NEW"), at: 10, maxDevices };
    equal(await store.openSession(login), "gone");
    deepEqual(await goodTokens(store, "NEW"), []);
  }),
];

const passwords = [
  contractTest("a new password logs out all devices but those that are kept, of this account alone", async (store) => {
    await store.create(account(alice));
    await store.create(account(bob));
    const second = { mxid: alice, passwordHash: "hash", session: session("SECOND"), at: 2, maxDevices };
    await store.openSession(second);
    const change = { mxid: alice, passwordHash: "new", keepDevices: ["SECOND"] };
    equal(await store.changePassword(change), "changed");
    equal((await store.find(alice))?.passwordHash, "new");
    deepEqual(await goodTokens(store, alice, "SECOND", bob), ["SECOND", bob]);
    deepEqual(
      (await store.devices(alice)).map(({ deviceId }) => deviceId),
      ["SECOND"],
    );
    equal(await store.changePassword({ ...change, keepDevices: [] }), "changed");
    deepEqual(await goodTokens(store, "SECOND", bob), [bob]);
  }),
  contractTest("a new password may leave every device logged in", async (store) => {
    await store.create(account(alice));
    equal(await store.changePassword({ mxid: alice, passwordHash: "new", keepDevices: "all" }), "changed");
    deepEqual(await goodTokens(store, alice), [alice]);
  }),
  contractTest("there is no new password for an account that is not there, or no more", async (store) => {
    const change = { mxid: alice, passwordHash: "new", keepDevices: [] };
    equal(await store.changePassword(change), "gone");
    await store.create(account(alice));
    await store.deactivate(alice, 9);
    equal(await store.changePassword(change), "gone");
    equal((await store.find(alice))?.passwordHash, undefined);
  }),
  contractTest("a hash is renewed unless it was changed meanwhile, and everybody stays logged in", async (store) => {
    await store.create(account(alice));
    await store.renewPasswordHash(alice, "another", "stale");
    equal((await store.find(alice))?.passwordHash, "hash");
    await store.renewPasswordHash(alice, "hash", "newer");
    equal((await store.find(alice))?.passwordHash, "newer");
    deepEqual(await goodTokens(store, alice), [alice]);
  }),
  contractTest("a device does not get in by a password that was changed while it was checked", async (store) => {
    await store.create(account(alice));
    await store.changePassword({ mxid: alice, passwordHash: "new", keepDevices: [] });
    const login = { mxid: alice, passwordHash: "hash", session: session("NEW"), at: 2, maxDevices };
    equal(await store.openSession(login), "password-changed");
    deepEqual(await store.devices(alice), []);
    equal(await store.openSession({ ...login, passwordHash: "new" }), "opened");
  }),
];

export const accounts = [...registration, ...locking, ...deactivation, ...passwords];

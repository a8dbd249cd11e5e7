import { deepEqual, equal } from "node:assert/strict";
import type { AccountStore, AccountThreepid } from "../../ports/account-store.js";
import { account, alice, bob, contractTest } from "./contract-test.js";

const email = { medium: "email", address: "alice@example.org" } as const;
const onAccount: AccountThreepid = { ...email, validatedAt: 10, addedAt: 20 };
const phone: AccountThreepid = { medium: "msisdn", address: "447400123456", validatedAt: 1, addedAt: 5 };

const withBoth = async (store: AccountStore): Promise<void> => {
  await store.create(account(alice));
  await store.create(account(bob));
};

export const threepids = [
  contractTest("a threepid is on one account, which may add it again", async (store) => {
    await withBoth(store);
    const adding = [alice, bob, alice].map((mxid) => store.addThreepid(mxid, onAccount));
    const outcomes = await Promise.all(adding);
    const first = outcomes[1] === "added" ? bob : alice;
    deepEqual(outcomes.toSorted(), first === alice ? ["added", "present", "taken"] : ["added", "taken", "taken"]);
    equal(await store.ownerOf(email), first);
    equal(await store.ownerOf({ ...email, medium: "msisdn" }), undefined);
    equal(await store.ownerOf({ ...email, address: "Alice@example.org" }), undefined);
  }),
  contractTest("threepids are listed as they came, and keep the times of their first adding", async (store) => {
    await withBoth(store);
    await store.addThreepid(alice, onAccount);
    await store.addThreepid(alice, phone);
    equal(await store.addThreepid(alice, { ...onAccount, validatedAt: 98, addedAt: 99 }), "present");
    deepEqual(await store.threepids(alice), [phone, onAccount]);
    deepEqual(await store.threepids(bob), []);
  }),
  contractTest("a threepid is removed from its own account only, and is free then", async (store) => {
    await withBoth(store);
    await store.addThreepid(alice, onAccount);
    await store.removeThreepid(bob, email);
    deepEqual(await store.threepids(alice), [onAccount]);
    await store.removeThreepid(alice, email);
    equal(await store.ownerOf(email), undefined);
    equal(await store.addThreepid(bob, onAccount), "added");
  }),
  contractTest("nothing is added where there is no account", async (store) => {
    equal(await store.addThreepid(alice, onAccount), "gone");
    equal(await store.ownerOf(email), undefined);
  }),
];

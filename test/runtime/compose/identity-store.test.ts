/** Lookups that reach a directory of the operator's, over its REST API, and what happens when that fails. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentityClient, type IdentityClient } from "../../../generated/identity/index.js";
import { administrateAssociations } from "../../../runtime/compose/association-administration.js";
import { administrate, compose, type Program } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import type { Configuration } from "../../../runtime/config/schema.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { type TestIdentityStore, testIdentityStore } from "../../support/identity-store.js";
import { type FakeClock, fakeClock, fakeCourier, fakeLogger, fakeSms } from "../fakes.js";

const alice = "@alice:example.org";
const bob = "@bob:example.org";
let folder: string;
let store: TestIdentityStore;
let program: Program;
let configuration: Configuration;
let client: IdentityClient;
let clock: FakeClock;
let log: ReturnType<typeof fakeLogger>;

const start = async (more: object = {}) => {
  configuration = parseConfiguration(
    JSON.stringify({
      identity: {
        server_name: "id.example.org",
        public_base_url: "http://localhost",
        database: join(folder, "identity.sqlite"),
        store: { url: store.url, secret: "of-the-directory", by_hash: true, timeout_ms: 10_000, ...more },
      },
      limits: { request_ip: "unlimited" },
    }),
    "test",
  );
  clock = fakeClock();
  log = fakeLogger();
  program = await compose(configuration, { clock, log, courier: fakeCourier(), sms: fakeSms() });
  const server = program.services.identity?.server;
  if (server === undefined) throw new Error("there is no identity server");
  const administration = administrate(configuration);
  const accessToken = await administration.issueToken(alice);
  administration.close();
  client = createIdentityClient({ baseUrl: "http://localhost", fetch: inProcess(server), accessToken, retries: 0 });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "threepid-store-"));
  store = await testIdentityStore();
  store.users.set("alice@example.org email", alice).set("447400123456 msisdn", bob);
});
afterEach(async () => {
  await program.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const lookupUser = (address: string) => client.orThrow.lookupUser({ query: { medium: "email", address } });

const byHash = async (...addresses: readonly string[]) => {
  const { lookup_pepper: pepper } = await client.orThrow.getHashDetails();
  const hashes = addresses.map((address) => lookupHash({ medium: "email", address }, pepper));
  const body = { algorithm: "sha256", pepper, addresses: hashes };
  const { mappings } = await client.orThrow.lookupUsersV2({ body });
  return hashes.map((hash) => mappings[hash]);
};

const never = () => undefined;

describe("an identity store", () => {
  it("is found by every kind of lookup, and what it says is signed for version 1", async () => {
    await start();
    const found = await lookupUser("ALICE@example.org");
    expect(found).toMatchObject({ medium: "email", address: "alice@example.org", mxid: alice });
    const { public_key } = await client.orThrow.getPubKey({ params: { keyId: "ed25519:0" } });
    expect(verifyJson(found, "id.example.org", "ed25519:0", public_key)).toBe(true);

    const threepids: [string, string][] = [
      ["email", "alice@example.org"],
      ["msisdn", "447400123456"],
      ["email", "nobody@example.org"],
    ];
    expect(await client.orThrow.lookupUsers({ body: { threepids } })).toEqual({
      threepids: [
        ["email", "alice@example.org", alice],
        ["msisdn", "447400123456", bob],
      ],
    });
    const { lookup_pepper: pepper } = await client.orThrow.getHashDetails();
    const plain = { algorithm: "none", pepper, addresses: ["alice@example.org email", "x@example.org email"] };
    expect((await client.orThrow.lookupUsersV2({ body: plain })).mappings).toEqual({
      "alice@example.org email": alice,
    });
    expect(await byHash("alice@example.org", "nobody@example.org")).toEqual([alice, undefined]);
    expect(store.asked.every(({ authorization }) => authorization === "Bearer of-the-directory")).toBe(true);
    expect(new Set(store.asked.map(({ path }) => path))).toEqual(
      new Set(["/directory/lookup", "/directory/lookup_hashes"]),
    );
  });

  it("names the user whom nobody need invite, in both versions", async () => {
    await start();
    const invite = { medium: "email", room_id: "!room:example.org", sender: alice };
    const inUse = { status: 400, body: { errcode: "M_THREEPID_IN_USE", mxid: alice } };
    const known = { ...invite, address: "Alice@example.org" };
    expect(await client.storeInvite({ body: known })).toMatchObject(inUse);
    expect(await client.storeInviteV2({ body: known })).toMatchObject(inUse);
    const unknown = { ...invite, address: "nobody@example.org" };
    expect(await client.storeInviteV2({ body: unknown })).toMatchObject({ status: 200 });
    store.instead = (response) => response.writeHead(500).end();
    clock.advance(60_000);
    expect(await client.storeInvite({ body: known }), "what cannot be asked finds nobody").toMatchObject({
      status: 200,
    });
  });

  it("is asked only about what is not remembered, for a minute", async () => {
    await start();
    await lookupUser("alice@example.org");
    await lookupUser("nobody@example.org");
    await lookupUser("alice@example.org");
    await lookupUser("nobody@example.org");
    expect(store.asked).toHaveLength(2);
    store.users.delete("alice@example.org email");
    clock.advance(60_000);
    expect(await lookupUser("alice@example.org")).toEqual({});
    expect(store.asked).toHaveLength(3);
  });

  it("that cannot hash is not asked by hashes", async () => {
    await start({ by_hash: false });
    expect(await byHash("alice@example.org")).toEqual([undefined]);
    expect(store.asked).toEqual([]);
  });

  it("asks a thousand at once", async () => {
    await start();
    const threepids = Array.from({ length: 2_500 }, (_, i): [string, string] => ["email", `user${i}@example.org`]);
    store.users.set("user2400@example.org email", bob);
    expect((await client.orThrow.lookupUsers({ body: { threepids } })).threepids).toEqual([
      ["email", "user2400@example.org", bob],
    ]);
    expect(store.asked.map(({ body }) => (body as { lookup: unknown[] }).lookup.length)).toEqual([1_000, 1_000, 500]); // the contract
  });

  it.each([
    ["is down", (response: { destroy(): void }) => response.destroy()],
    ["never answers", never],
    ["answers 500", (response: { writeHead(status: number): { end(): void } }) => response.writeHead(500).end()],
    ["answers no JSON", (response: { end(text: string): void }) => response.end("<html>")],
    ["answers without users", (response: { end(text: string): void }) => response.end("{}")],
    ["answers without end", (response: { end(text: string): void }) => response.end(" ".repeat(2_000_000))],
  ])(
    "that %s finds nobody, is logged without an address, and is left alone for five seconds",
    async (_how, instead) => {
      // A machine that is busy may be slow to answer, too, when the store is well again.
      await start(instead === never ? { timeout_ms: 6_000 } : {});
      store.instead = instead as NonNullable<TestIdentityStore["instead"]>; // each needs a part of a response alone
      expect(await lookupUser("alice@example.org")).toEqual({});
      const asked = store.asked.length;
      expect(await lookupUser("alice@example.org")).toEqual({});
      expect(await byHash("alice@example.org")).toEqual([undefined]);
      expect(store.asked).toHaveLength(asked);
      const warnings = log.lines.filter((line) => line.startsWith("warn"));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(
        /^warn the identity store does not answer; lookups find what was bound here alone \{/,
      );
      expect(warnings[0]).not.toContain("alice");
      store.instead = undefined;
      clock.advance(5_000);
      expect(await lookupUser("alice@example.org")).toMatchObject({ mxid: alice });
    },
  );

  it("does not name what is no user ID, nor anybody who was not asked for", async () => {
    await start();
    store.instead = (response) =>
      response.end(
        JSON.stringify({
          users: [
            { medium: "email", address: "alice@example.org", mxid: "<b>" },
            { medium: "email", address: "other@example.org", mxid: bob },
            null,
            7,
          ],
        }),
      );
    expect(await lookupUser("alice@example.org")).toEqual({});
    store.instead = undefined;
    expect(await lookupUser("other@example.org")).toEqual({});
  });
});

it("what was bound here is stronger than what a store says, and the store is not asked about it", async () => {
  await start();
  const associations = administrateAssociations(configuration);
  await associations.add("alice@example.org", bob);
  associations.close();
  expect(await lookupUser("alice@example.org")).toMatchObject({ mxid: bob });
  expect(await byHash("alice@example.org")).toEqual([bob]);
  expect(store.asked).toEqual([]);
});

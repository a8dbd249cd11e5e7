/** The journeys of `threepid/journeys` from end to end: two servers that know only each other's names, and a person. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClientServerV3Client } from "../../generated/client-server-v3/index.js";
import {
  type Account,
  addThreepid,
  bindThreepid,
  discoverContacts,
  identityAccount,
  type Reachable,
  type Result,
  registerWithEmail,
  removeThreepid,
  resetPassword,
  type Step,
  unbindThreepid,
  withPassword,
} from "../../runtime/client/index.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { mailedCode, openLink, password, phone, textedCode } from "./journeys.js";
import { type Servers, startServers } from "./servers.js";

const terms_file = fileURLToPath(new URL("../fixtures/terms.yaml", import.meta.url));
/** Of all its documents, in English. */
const termsUrls = ["terms-2.0-en", "privacy-1.2-en"].map((name) => `https://id.example.org/legal/${name}`);

let network: TestNetwork;
let servers: Servers;
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({ network, apart: true, options: { identity: { terms_file } } });
});
afterAll(async () => {
  await servers?.close();
  await network?.close();
});

const soon = { intervalMs: 10 };

const succeeded = <Value extends object>(result: Result<Value, string>): Value => {
  if (!result.ok) throw new Error(`${result.errcode}: ${result.error}`);
  return result;
};

const mail = (address: string): Reachable => ({ medium: "email", address });

const number = (ending: string) => {
  const { address, ...owned } = phone(ending);
  if (!("country" in owned)) throw new Error("a number was expected");
  return { address, reachable: { medium: "msisdn", country: owned.country, number: owned.phone_number } as const };
};

/** The person opens the link or types the code; the client is already waiting. */
const answered = async <Done extends object, Code extends string>(
  asked: Result<Step<Done, Code>, string>,
  address: string,
): Promise<Done> => {
  const step = succeeded(asked);
  if (step.needs === "code") {
    const code = address.includes("@") ? await mailedCode(servers, address) : textedCode(servers, address);
    return succeeded(await step.submit(code));
  }
  const waiting = step.confirmed(soon);
  expect((await openLink(servers, address)).status).toBe(200);
  return succeeded(await waiting);
};

/** An account with a mail address, and the homeserver as its owner's client knows it. */
const registered = async (username: string) => {
  const email = `${username}@example.org`;
  const homeserver = servers.homeserverV3;
  const account = await answered<Account, string>(
    await registerWithEmail({ homeserver }, { username, password, email, deviceName: "Test" }),
    email,
  );
  const own = createClientServerV3Client({
    baseUrl: servers.homeserverUrl,
    accessToken: account.accessToken,
    retries: 0,
  });
  return { ...account, email, homeserver: own };
};

type Registered = Awaited<ReturnType<typeof registered>>;

/** Their account on the identity server, with its terms accepted. */
const vouched = async ({ homeserver, mxid }: Registered) => {
  const { identity, idServer } = servers;
  const opened = succeeded(await identityAccount({ homeserver, identity }, { mxid }));
  if (opened.needs !== "terms") throw new Error("there are terms to accept");
  expect(opened.documents).toMatchObject(termsUrls.map((url) => ({ url, language: "en" })));
  const { accessToken, accepted } = succeeded(await opened.accept());
  expect(accepted).toEqual(termsUrls);
  return { homeserver, identity, idServer, idAccessToken: accessToken };
};

describe("registering, and forgetting the password", () => {
  it("makes an account that its owner can enter with another password", async () => {
    const { mxid, accessToken, email, homeserver } = await registered("alice");
    expect(await homeserver.orThrow.getAccount3PIDs()).toMatchObject({
      threepids: [{ medium: "email", address: email }],
    });
    const asked = await resetPassword(
      { homeserver: servers.homeserverV3 },
      { threepid: mail(email), newPassword: "a new one" },
    );
    await answered(asked, email);
    expect(await homeserver.getTokenOwner()).toMatchObject({ status: 401 });
    expect(accessToken).not.toBe("");
    const login = { type: "m.login.password", identifier: { type: "m.id.user", user: mxid } };
    expect(await homeserver.login({ body: { ...login, password } })).toMatchObject({ status: 403 });
    expect(await homeserver.login({ body: { ...login, password: "a new one" } })).toMatchObject({ status: 200 });
  });

  it.each([
    { what: "a name that is taken", account: { username: "taken" }, errcode: "M_USER_IN_USE" },
    { what: "a password that is weak", account: { password: "short" }, errcode: "M_WEAK_PASSWORD" },
    { what: "an address that is taken", account: { email: "taken@example.org" }, errcode: "M_THREEPID_IN_USE" },
  ])("is refused for $what, and nothing is sent", async ({ account, errcode }) => {
    if (servers.mail.count("taken@example.org") === 0) await registered("taken");
    const wanted = { username: "other", password, email: "other@example.org", ...account };
    const before = servers.mail.count(wanted.email);
    const { homeserverV3: homeserver } = servers;
    expect(await registerWithEmail({ homeserver }, wanted)).toMatchObject({ ok: false, errcode });
    expect(servers.mail.count(wanted.email)).toBe(before);
  });

  it("goes on in another page, with a message that was sent before", async () => {
    const { homeserverV3: homeserver } = servers;
    const wanted = { username: "walter", password, email: "walter@example.org" };
    const { validation } = succeeded(await registerWithEmail({ homeserver }, wanted));
    const kept = JSON.parse(JSON.stringify(validation));
    const asked = await registerWithEmail({ homeserver }, { ...wanted, validation: kept });
    expect(await answered(asked, wanted.email)).toMatchObject({ mxid: "@walter:example.org" });
    expect(servers.mail.count(wanted.email)).toBe(1);
  });
});

describe("addresses", () => {
  it("are added by their owner, bound by the identity server, found, unbound and removed", async () => {
    const bob = await registered("bob");
    const { address, reachable } = number("61");
    const stages = withPassword(bob.mxid, password);
    await answered(await addThreepid(bob, { threepid: reachable, stages }), address);
    await answered(await addThreepid(bob, { threepid: mail("second@example.org"), stages }), "second@example.org");
    const { threepids } = await bob.homeserver.orThrow.getAccount3PIDs();
    expect(threepids.map((it) => it.address).toSorted()).toEqual([address, bob.email, "second@example.org"].toSorted());

    const parties = await vouched(bob);
    await answered(await bindThreepid(parties, { threepid: reachable }), address);
    await answered(await bindThreepid(parties, { threepid: mail(bob.email) }), bob.email);

    const carol = await registered("carol");
    const { identity, idAccessToken: accessToken } = await vouched(carol);
    const book = [
      { medium: "email", address: "BOB@Example.org" },
      { medium: "email", address: "second@example.org" },
      { medium: "msisdn", address: `+${address}` },
    ] as const;
    const found = async () =>
      succeeded(await discoverContacts({ identity }, book, { accessToken })).found.map(
        ({ contact }) => contact.address,
      );
    expect(await found()).toEqual(["BOB@Example.org", `+${address}`]);

    expect(await unbindThreepid(bob, { medium: "email", address: bob.email })).toEqual({ ok: true, isUnbound: true });
    expect(await found()).toEqual([`+${address}`]);
    expect(await removeThreepid(bob, { medium: "msisdn", address })).toEqual({ ok: true, isUnbound: true });
    expect(await found()).toEqual([]);
    const left = (await bob.homeserver.orThrow.getAccount3PIDs()).threepids.map((it) => it.address);
    expect(left.toSorted()).toEqual([bob.email, "second@example.org"].toSorted());
  });

  it("are added by nobody who does not know the password", async () => {
    const dave = await registered("dave");
    const stages = withPassword(dave.mxid, "wrong");
    const asked = succeeded(await addThreepid(dave, { threepid: mail("dave2@example.org"), stages }));
    await openLink(servers, "dave2@example.org");
    if (asked.needs !== "link") throw new Error("a link was expected");
    expect(await asked.confirmed(soon)).toMatchObject({ ok: false, errcode: "M_FORBIDDEN" });
  });
});

/**
 * Notices of bindings, to homeservers that take them otherwise than ours do, late or never; and invites accepted with the
 * key from their mail. What becomes of a notice at a homeserver of ours is told by the exchanged invites.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createIdentityClient, type StoreInviteResponse } from "../../generated/identity/index.js";
import { verifyJson } from "../../runtime/protocol/signed-json.js";
import { linkIn } from "../support/mail-sink.js";
import { type TestHomeserver, testHomeserver } from "../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { type HomeserverWithRooms, homeserverWithRooms, identityAccount, registered } from "./homeserver-with-rooms.js";
import { newSecret, openLink } from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

const room_id = "!lounge:inviting.test";
const host = "@host:inviting.test";

let network: TestNetwork;
let servers: Servers;
let inviting: HomeserverWithRooms;
let invite: (address: string) => Promise<StoreInviteResponse>;
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({ network });
  inviting = await homeserverWithRooms(network, servers, "inviting.test");
  const { client } = await identityAccount(inviting, await registered(inviting, "host"), servers);
  invite = (address) =>
    client.orThrow.storeInviteV2({
      body: { medium: "email", address, room_id, sender: host, room_name: "The Lounge", room_type: "m.space" },
    });
});
afterAll(async () => {
  await inviting.close();
  await servers.close();
  await network.close();
});

/** A client with an account that it got by the token of its homeserver (J8). */
const accountOf = async (homeserver: TestHomeserver, mxid: string) => {
  const { token } = await servers.identity.orThrow.registerAccount({ body: homeserver.openidToken(mxid) });
  return createIdentityClient({ baseUrl: servers.identityUrl, accessToken: token, retries: 0 }).orThrow;
};

/** Asked at the URL that the room's state names, as the homeserver of the inviter does. */
const isValid = async (key: StoreInviteResponse["public_keys"][number] | undefined): Promise<unknown> => {
  if (key === undefined || typeof key === "string") throw new Error("the key came without its validity URL");
  const answer = await fetch(`${key.key_validity_url}?${new URLSearchParams({ public_key: key.public_key })}`);
  return answer.json();
};

/** Validates an address and binds it (J4). */
const bind = async (homeserver: TestHomeserver, mxid: string, address: string) => {
  const client = await accountOf(homeserver, mxid);
  const client_secret = newSecret();
  const { sid } = await client.emailRequestTokenV2({ body: { email: address, client_secret, send_attempt: 1 } });
  expect((await openLink(servers, address)).status).toBe(200);
  return client.bindV2({ body: { sid, client_secret, mxid } });
};

const told = (homeserver: TestHomeserver, count: number) =>
  vi.waitUntil(() => homeserver.bindings.length >= count, { timeout: 5_000 });

/** As the user's homeserver checks what it was told, with the key that the identity server publishes. */
const checked = async (body: Readonly<Record<string, unknown>> | undefined) => {
  const signatures = body?.["signatures"] as Readonly<Record<string, Readonly<Record<string, string>>>>; // checked by verifyJson
  const [keyId = ""] = Object.keys(signatures[idServer] ?? {});
  const { public_key } = await servers.identity.orThrow.getPubKeyV2({ params: { keyId } });
  expect(verifyJson(body ?? {}, idServer, keyId, public_key)).toBe(true);
  const invites = body?.["invites"] as readonly { readonly signed: object }[]; // checked by what follows
  for (const { signed } of invites) expect(verifyJson(signed, idServer, keyId, public_key)).toBe(true);
  return invites;
};

describe("an invite that is bound (J4, J6)", () => {
  it.each([404, 405])("is told by PUT to a homeserver that answers a POST with %i", async (status) => {
    const homeserver = await testHomeserver(network, `put-${status}.test`);
    homeserver.intercept = ({ method, target }) =>
      method === "POST" && target.includes("onbind") ? { status, body: { errcode: "M_UNRECOGNIZED" } } : undefined;
    const { token } = await invite(`put-${status}@example.org`);
    await bind(homeserver, `@guest:put-${status}.test`, `put-${status}@example.org`);
    await told(homeserver, 1);
    expect(await checked(homeserver.bindings[0])).toMatchObject([{ signed: { token } }]);
  });

  it("is not held up by homeservers that never answer", async () => {
    const silent = await testHomeserver(network, "silent.test");
    silent.intercept = ({ target }) => (target.includes("onbind") ? "never answers" : undefined);
    await bind(silent, "@first:silent.test", "first.silent@example.org");
    await bind(silent, "@second:silent.test", "second.silent@example.org");
    const lively = await testHomeserver(network, "lively.test");
    await bind(lively, "@guest:lively.test", "lively@example.org");
    await told(lively, 1);
    expect(lively.bindings[0]).toMatchObject({ mxid: "@guest:lively.test", invites: [] });
    expect(silent.received.filter(({ target }) => target.includes("onbind"))).toHaveLength(1);
  });

  it("is nobody else's: a later owner, and whoever asks in their name, gets none of it", async () => {
    const [first, later] = [await testHomeserver(network, "first.test"), await testHomeserver(network, "later.test")];
    const address = "passed.on@example.org";
    const { token } = await invite(address);
    await bind(first, "@a:first.test", address);
    await told(first, 1);
    const client_secret = newSecret();
    const { sid } = await servers.identity.orThrow.emailRequestToken({
      body: { email: address, client_secret, send_attempt: 1 },
    });
    expect((await openLink(servers, address)).status).toBe(200);
    const threepid = { medium: "email", address };
    await servers.identity.orThrow.unbindV2({ body: { sid, client_secret, mxid: "@a:first.test", threepid } });
    const bound = await bind(later, "@b:later.test", address);
    expect(JSON.stringify(bound)).not.toContain(token);
    await told(later, 1);
    expect(later.bindings).toMatchObject([{ mxid: "@b:later.test", invites: [] }]);
    expect(JSON.stringify(later.received)).not.toContain(token);
    expect(first.bindings).toMatchObject([{ invites: [{ signed: { token } }] }]);
  });
});

describe("an invite that is accepted with the key from its mail (J6b)", () => {
  it("is signed for the joining user, by a key that the inviter's homeserver finds valid", async () => {
    const homeserver = await testHomeserver(network, "joining.test");
    const mxid = "@lodger:joining.test";
    const address = "lodger@joining.test";
    const stored = await invite(address);
    const [, ephemeral] = stored.public_keys;
    const link = linkIn(await servers.mail.newest(address));
    const signUrl = new URL(new URLSearchParams(link.hash.split("?")[1]).get("signurl") ?? "");
    const { token = "", private_key = "" } = Object.fromEntries(signUrl.searchParams);
    const client = await accountOf(homeserver, mxid);
    const signed = await client.blindlySignStuffV2({ body: { mxid, token, private_key } });
    expect(signed).toMatchObject({ mxid, sender: host, token: stored.token });
    const publicKey = typeof ephemeral === "string" ? "" : (ephemeral?.public_key ?? "");
    expect(verifyJson(signed, idServer, "ed25519:0", publicKey)).toBe(true);
    expect(await isValid(ephemeral), "asked for after the signature was made").toEqual({ valid: true });

    await bind(homeserver, mxid, address);
    expect(await isValid(ephemeral)).toEqual({ valid: false });
    await expect(client.blindlySignStuffV2({ body: { mxid, token, private_key } })).rejects.toMatchObject({
      status: 404,
      body: { errcode: "M_UNRECOGNIZED" },
    });
  });
});

/**
 * Two homeservers of ours and an identity server of ours, strangers to each other who meet by their names over TLS: an
 * invite to an address that nobody has yet, until the room lists whoever registered elsewhere and bound it (J6).
 */
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { signingKeyOf } from "../../runtime/protocol/ed25519.js";
import { signJson, verifyJson } from "../../runtime/protocol/signed-json.js";
import { inviteKeys } from "../../runtime/protocol/third-party-invite.js";
import { linkIn } from "../support/mail-sink.js";
import type { FoundBy } from "../support/settlement.js";
import { type TestHomeserver, testHomeserver } from "../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import {
  type HomeserverWithRooms,
  homeserverWithRooms,
  identityAccount,
  type Person,
  registered,
  registeredWithEmail,
} from "./homeserver-with-rooms.js";
import { email, lookUp, newSecret } from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

let network: TestNetwork;
let servers: Servers;
let inviting: HomeserverWithRooms;
let alice: Person & { readonly idAccessToken: string };
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({
    network,
    apart: true,
    options: { identity: { server_name: idServer, public_base_url: `https://${idServer}` } },
  });
  inviting = await homeserverWithRooms(network, servers, "inviting.test");
  const person = await registered(inviting, "alice");
  const { token } = await identityAccount(inviting, person, servers);
  alice = { ...person, idAccessToken: token };
});
afterAll(async () => {
  await inviting.close();
  await servers.close();
  await network.close();
});

let rooms = 0;
const newRoom = () => {
  rooms += 1;
  const roomId = `!lounge${rooms}:inviting.test`;
  return {
    roomId,
    room: inviting.rooms.create(roomId, alice.mxid, { name: "The Lounge", senderDisplayName: "Alice" }),
  };
};

const invite = (roomId: string, address: string) =>
  inviting.v3.orThrow.inviteBy3PID(
    {
      params: { roomId },
      body: { id_server: idServer, id_access_token: alice.idAccessToken, medium: "email", address },
    },
    { accessToken: alice.accessToken },
  );

/** The invite's mail, once it has come: the next one to the address is another. */
const invitation = async (address: string) => {
  await vi.waitUntil(() => servers.mail.count(address) > 0, { timeout: 5_000 });
  return servers.mail.newest(address);
};

/** Opens the identity server's newest mail to an address, as a browser of this network does. */
const openAtIdentityServer = async (address: string): Promise<void> => {
  const { pathname, search } = linkIn(await servers.mail.newest(address));
  expect((await fetch(`${servers.identityUrl}${pathname}${search}`)).status).toBe(200);
};

/** Validates an address at the identity server, and has the homeserver bind it (J4). */
const bindThrough = async (homeserver: HomeserverWithRooms, person: Person, address: string): Promise<void> => {
  const { token, client } = await identityAccount(homeserver, person, servers);
  const client_secret = newSecret();
  const { sid } = await client.orThrow.emailRequestTokenV2({
    body: { email: address, client_secret, send_attempt: 1 },
  });
  await openAtIdentityServer(address);
  await homeserver.v3.orThrow.bind3PID(
    { body: { sid, client_secret, id_server: idServer, id_access_token: token } },
    { accessToken: person.accessToken },
  );
};

const isValid = async (publicKey: string, kind = ""): Promise<unknown> => {
  const query = new URLSearchParams({ public_key: publicKey });
  return (await fetch(`${servers.identityUrl}/_matrix/identity/v2/pubkey/${kind}isvalid?${query}`)).json();
};

describe("somebody who registers elsewhere and binds the address they were invited by", () => {
  it.each<{ by: FoundBy; name: string }>([
    { by: "well-known", name: "one.test" },
    { by: "well-known and srv", name: "two.test" },
    { by: "srv", name: "three.test" },
    { by: "old srv", name: "four.test" },
    { by: "name", name: "five.test" },
    { by: "port", name: "six.test:8450" },
  ])("is invited, at a homeserver that is found by $by", async ({ by, name }) => {
    const { roomId, room } = newRoom();
    const address = `bob@${name.replace(":", ".")}`;
    await invite(roomId, address);
    expect((await invitation(address)).message.text).toContain("The Lounge");
    const pending = room.events.at(-1);
    expect(pending).toMatchObject({ type: "m.room.third_party_invite", sender: alice.mxid });
    const [longTerm = "", ephemeral = ""] = inviteKeys(pending?.content ?? {}).map(({ publicKey }) => publicKey);
    expect([await isValid(longTerm), await isValid(ephemeral, "ephemeral/")]).toEqual([
      { valid: true },
      { valid: true },
    ]);

    const joining = await homeserverWithRooms(network, servers, name, by);
    try {
      const bob = await registeredWithEmail(joining, "bob", address);
      await bindThrough(joining, bob, address);
      await vi.waitUntil(() => room.membership(bob.mxid) === "invite", { timeout: 5_000 });

      const event = room.memberEvent(bob.mxid);
      expect(event).toMatchObject({
        sender: alice.mxid,
        content: {
          membership: "invite",
          third_party_invite: {
            display_name: pending?.content["display_name"],
            signed: { mxid: bob.mxid, token: pending?.stateKey },
          },
        },
      });
      const { signed } = Object(event?.content["third_party_invite"]);
      expect(verifyJson({ ...signed }, idServer, "ed25519:0", longTerm)).toBe(true);
      expect(JSON.stringify(room.events)).not.toContain(address);

      expect(await lookUp(servers, email(address))).toBe(bob.mxid);
      expect(await isValid(ephemeral, "ephemeral/"), "its own key was used up").toEqual({ valid: false });
      const told = joining.asked.filter(({ target }) => target.includes("onbind"));
      expect(told.map(({ method }) => method)).toEqual(["POST"]);

      const second = newRoom();
      const mails = servers.mail.count(address);
      await invite(second.roomId, address);
      expect(second.room.membership(bob.mxid), "invited like anybody who is known").toBe("invite");
      expect(servers.mail.count(address)).toBe(mails);
    } finally {
      await joining.close();
    }
  });

  it("is invited without asking anybody, at the homeserver of the inviter", async () => {
    const { roomId, room } = newRoom();
    const address = "carol@example.org";
    await invite(roomId, address);
    await invitation(address);
    const exchanges = () => inviting.asked.filter(({ target }) => target.includes("exchange_third_party_invite"));
    const before = exchanges().length;
    const carol = await registeredWithEmail(inviting, "carol", address);
    await bindThrough(inviting, carol, address);
    await vi.waitUntil(() => room.membership(carol.mxid) === "invite", { timeout: 5_000 });
    expect(exchanges().length).toBe(before);
  });
});

describe("who misuses invites", () => {
  /** A homeserver that says what it wants, with a user who has bound the address of an invite. */
  const claimed = async (name: string) => {
    const { roomId, room } = newRoom();
    const address = `guest@${name}`;
    await invite(roomId, address);
    await invitation(address);
    const homeserver = await testHomeserver(network, name, "name");
    const mxid = `@guest:${name}`;
    const { token } = await servers.identity.orThrow.registerAccount({ body: homeserver.openidToken(mxid) });
    const client_secret = newSecret();
    const options = { accessToken: token };
    const { sid } = await servers.identity.orThrow.emailRequestTokenV2(
      { body: { email: address, client_secret, send_attempt: 1 } },
      options,
    );
    await openAtIdentityServer(address);
    const bound = await servers.identity.orThrow.bindV2({ body: { sid, client_secret, mxid } }, options);
    const [{ signed } = { signed: undefined }] = bound.invites ?? [];
    if (signed === undefined) throw new Error("no invite waited");
    return { roomId, room, homeserver, mxid, signed };
  };

  /** Asks the inviter's homeserver, signed as another. */
  const exchange = async (homeserver: TestHomeserver, roomId: string, event: object, path = roomId) => {
    const target = `/_matrix/federation/v1/exchange_third_party_invite/${encodeURIComponent(path)}`;
    const content = JSON.parse(
      JSON.stringify({ type: "m.room.member", room_id: roomId, sender: alice.mxid, ...event }),
    );
    const authorization = homeserver.authorize({ method: "PUT", uri: target, content }, inviting.name);
    const body = content;
    return inviting.federation.exchangeThirdPartyInvite(
      { params: { roomId: path }, body },
      { headers: { authorization } },
    );
  };

  const memberOf = (mxid: string, signed: object) => ({
    state_key: mxid,
    content: { membership: "invite", third_party_invite: { display_name: mxid, signed } },
  });

  const forbidden = { status: 403, body: { errcode: "M_FORBIDDEN" } };

  it("gets nowhere with another room, another user, another homeserver, or an invite that was used", async () => {
    const { roomId, room, homeserver, mxid, signed } = await claimed("cunning.test");
    const other = newRoom();
    const invalid = { status: 400, body: { errcode: "M_INVALID_PARAM" } };
    expect(await exchange(homeserver, roomId, memberOf(mxid, signed), other.roomId)).toMatchObject(invalid);
    expect(await exchange(homeserver, other.roomId, memberOf(mxid, signed))).toMatchObject(forbidden);
    const accomplice = "@accomplice:cunning.test";
    expect(await exchange(homeserver, roomId, memberOf(accomplice, signed))).toMatchObject(forbidden);
    const renamed = memberOf(accomplice, { ...signed, mxid: accomplice });
    expect(await exchange(homeserver, roomId, renamed)).toMatchObject(forbidden);
    const meddling = await testHomeserver(network, "meddling.test", "name");
    expect(await exchange(meddling, roomId, memberOf(mxid, signed))).toMatchObject(forbidden);
    expect(room.membership(mxid)).toBeUndefined();

    expect(await exchange(homeserver, roomId, memberOf(mxid, signed))).toMatchObject({ status: 200 });
    expect(await exchange(homeserver, roomId, memberOf(mxid, signed))).toMatchObject({ status: 200 });
    expect(
      room.events.filter(({ stateKey }) => stateKey === mxid),
      "an answer may be lost",
    ).toHaveLength(1);
    room.become(mxid, "leave");
    expect(await exchange(homeserver, roomId, memberOf(mxid, signed))).toMatchObject(forbidden);
    expect(room.membership(mxid)).toBe("leave");
  });

  it("cannot repeat the request of another homeserver, once its user is gone", async () => {
    const { roomId, room } = newRoom();
    const address = "dave@replayed.test";
    await invite(roomId, address);
    await invitation(address);
    const joining = await homeserverWithRooms(network, servers, "replayed.test");
    try {
      const dave = await registeredWithEmail(joining, "dave", address);
      await bindThrough(joining, dave, address);
      await vi.waitUntil(() => room.membership(dave.mxid) === "invite", { timeout: 5_000 });
      const overheard = inviting.asked.findLast(({ target }) => target.includes("exchange_third_party_invite"));
      const { authorization = "", body = "" } = overheard ?? {};
      const repeat = () =>
        inviting.federation.exchangeThirdPartyInvite(
          { params: { roomId }, body: JSON.parse(body) },
          { headers: { authorization } },
        );
      expect(await repeat()).toMatchObject({ status: 200 });
      expect(room.events.filter(({ stateKey }) => stateKey === dave.mxid)).toHaveLength(1);
      room.become(dave.mxid, "ban");
      expect(await repeat()).toMatchObject(forbidden);
      expect(room.membership(dave.mxid)).toBe("ban");
    } finally {
      await joining.close();
    }
  });

  it("cannot claim an invite by a forged notice, not even in the name of an identity server of their own", async () => {
    const { roomId, room } = newRoom();
    await invite(roomId, "erin@example.org");
    const token = room.events.at(-1)?.stateKey ?? "";
    const key = signingKeyOf("ed25519:0", new Uint8Array(32).fill(9));
    const respond = (_request: unknown, response: ServerResponse) =>
      void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ public_key: key.publicKey, valid: true }));
    network.dns.set("evil.test", {
      addresses: [await network.listen({ port: 443, certificateFor: ["evil.test"], respond })],
    });
    const joining = await homeserverWithRooms(network, servers, "deceived.test");
    try {
      const mallory = await registered(joining, "mallory");
      const notice = (signer: string) => {
        const signed = signJson({ mxid: mallory.mxid, token }, signer, key);
        const threepid = { medium: "email", address: "erin@example.org", mxid: mallory.mxid };
        return { body: { ...threepid, invites: [{ ...threepid, room_id: roomId, sender: alice.mxid, signed }] } };
      };
      for (const operation of ["onBindThirdPartyIdentifier", "onBindThirdPartyIdentifierPost"] as const) {
        expect(await joining.federation[operation](notice(idServer)), "by the name of ours").toMatchObject(forbidden);
      }
      const asked = inviting.asked.length;
      // Whoever has an identity server of their own can say anything; the inviter's server does not listen to it.
      expect(await joining.federation.onBindThirdPartyIdentifierPost(notice("evil.test"))).toMatchObject({
        status: 200,
      });
      expect(inviting.asked.slice(asked).map(({ method }) => method)).toContain("PUT");
      expect(room.membership(mallory.mxid)).toBeUndefined();
      expect(await inviting.federation.onBindThirdPartyIdentifierPost(notice("evil.test"))).toMatchObject(forbidden);
    } finally {
      await joining.close();
    }
  });
});

/** J6 over r0: an invite by address, and the homeserver's own rooms; the identity server is asked over version 1. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testRooms } from "../support/rooms.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { add, email, register } from "./journeys.js";
import { homeserverName, type Servers, startServers } from "./servers.js";

describe("an invite by address", () => {
  const rooms = testRooms();
  let network: TestNetwork;
  let servers: Servers;
  beforeAll(async () => {
    network = await testNetwork();
    servers = await startServers({ network, apart: true, validate: "proxy", rooms });
  });
  afterAll(async () => {
    await servers?.close();
    await network?.close();
  });

  const roomOf = async (host: string) => {
    const { mxid, accessToken } = await register(servers, host);
    const roomId = `!${host}:${homeserverName}`;
    const room = rooms.create(roomId, mxid, { name: "The Lounge" });
    const invite = (address: string) => {
      const body = { id_server: servers.idServer, medium: "email", address };
      return servers.homeserver.orThrow.inviteBy3PID({ params: { roomId }, body }, { accessToken });
    };
    return { host: mxid, room, invite };
  };

  it("reaches at once who is found under it", async () => {
    const { host, room, invite } = await roomOf("hanna");
    const owned = email("grete@example.org");
    const { mxid, accessToken } = await register(servers, "grete");
    await add(servers, accessToken, owned, "proxy", true);
    await invite("Grete@EXAMPLE.org");
    expect(room.memberEvent(mxid)).toMatchObject({ sender: host, content: { membership: "invite" } });
    expect(room.events.some(({ type }) => type === "m.room.third_party_invite")).toBe(false);
  });

  it("is mailed to who is not, and waits for them in the room", async () => {
    const { host, room, invite } = await roomOf("heinz");
    await invite("nina@example.org");
    const { message } = await servers.mail.newest("nina@example.org");
    expect(message.text).toContain("The Lounge");
    const [waiting, ...more] = room.events.filter(({ type }) => type === "m.room.third_party_invite");
    expect(more).toEqual([]);
    expect(waiting).toMatchObject({ sender: host, content: { public_key: expect.any(String) } });
    expect(JSON.stringify(waiting?.content)).not.toContain("nina@example.org");
    const public_key = String(waiting?.content["public_key"]);
    expect(await servers.identity.orThrow.isPubKeyValid({ query: { public_key } })).toEqual({ valid: true });
  });

  it("is for those who are in the room, and nobody else is told who has an address", async () => {
    const { invite } = await roomOf("helga");
    const { accessToken } = await register(servers, "eve");
    const body = { id_server: servers.idServer, medium: "email", address: "grete@example.org" };
    const params = { roomId: `!helga:${homeserverName}` };
    expect(await servers.homeserver.inviteBy3PID({ params, body }, { accessToken })).toMatchObject({
      status: 403,
      body: { errcode: "M_FORBIDDEN" },
    });
    await invite("grete@example.org");
  });
});

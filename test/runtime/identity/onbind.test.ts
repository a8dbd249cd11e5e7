import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onbindSender } from "../../../runtime/identity/onbind.js";
import type { JsonObject } from "../../../runtime/protocol/canonical-json.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { fakeClock, fakeLogger } from "../fakes.js";
import { serverName, type TestServer, testServer, validatedSession } from "./identity-server.js";

const inviter = "@inviter:example.org";
const dave = "@dave:one.example";
const erin = "@erin:two.example";
const address = "longname@longdomain.example";
const firstRetryMs = 5_000;
const dayMs = 24 * 3_600_000;

interface ToldInvite {
  readonly mxid: string;
  readonly room_id: string;
  readonly signed: { readonly mxid: string; readonly token: string };
}

describe("onbind", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  const invite = async (room = "!room:example.org", to = address) =>
    (
      await server.client.orThrow.storeInvite({
        body: { medium: "email", address: to, room_id: room, sender: inviter },
      })
    ).token;

  const bind = async (mxid: string, email = address) => {
    const session = await validatedSession(server, email, `secret${mxid.replace(/\W/g, "")}`);
    return server.client.orThrow.bind({ body: { ...session, mxid } });
  };

  const unbind = async (mxid: string) => {
    const session = await validatedSession(server, address, "unbinding");
    await server.client.orThrow.unbind({ body: { ...session, mxid, threepid: { medium: "email", address } } });
  };

  const invitesIn = (body: JsonObject | undefined) => body?.["invites"] as readonly ToldInvite[] | undefined; // checked below
  const tokensIn = (body: JsonObject | undefined) => invitesIn(body)?.map(({ signed }) => signed.token);

  it("tells the user's homeserver, and says no invites where there are none", async () => {
    const { signatures: _signatures, ...bound } = await bind(dave);
    expect(await server.tellHomeservers()).toBe(1);
    expect(server.onbinds).toMatchObject([{ server: "one.example", body: { ...bound, invites: [] } }]);
    const { keyId, publicKey } = server.keyring.signingKey;
    expect(verifyJson(server.onbinds[0]?.body ?? {}, serverName, keyId, publicKey)).toBe(true);
    expect(await server.tellHomeservers()).toBe(0);
  });

  it("brings the invites along, each and all signed with the long-term key", async () => {
    const tokens = [await invite("!one:example.org"), await invite("!two:example.org")];
    await bind(dave);
    await server.tellHomeservers();
    const body = server.onbinds[0]?.body ?? {};
    const { keyId, publicKey } = server.keyring.signingKey;
    expect(verifyJson(body, serverName, keyId, publicKey)).toBe(true);
    expect(invitesIn(body)).toMatchObject([
      { medium: "email", address, mxid: dave, room_id: "!one:example.org", sender: inviter },
      { medium: "email", address, mxid: dave, room_id: "!two:example.org", sender: inviter },
    ]);
    for (const [i, { signed }] of (invitesIn(body) ?? []).entries()) {
      expect(signed).toMatchObject({ mxid: dave, token: tokens[i] });
      expect(verifyJson(signed, serverName, keyId, publicKey)).toBe(true);
    }
  });

  it("is repeated word for word, ever more seldom, until the homeserver takes it", async () => {
    await invite();
    server.answerOnbind({ outcome: "unreachable", reason: "no answer" });
    await bind(dave);
    const waits = [firstRetryMs, 2 * firstRetryMs, 4 * firstRetryMs];
    for (const wait of waits) {
      expect(await server.tellHomeservers()).toBe(1);
      server.advance(wait - 1);
      expect(await server.tellHomeservers()).toBe(0);
      server.advance(1);
    }
    server.answerOnbind({ outcome: "taken" });
    expect(await server.tellHomeservers()).toBe(1);
    server.advance(dayMs);
    expect(await server.tellHomeservers()).toBe(0);
    expect(server.onbinds).toHaveLength(4);
    expect(new Set(server.onbinds.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it("waits as long as the homeserver asks for", async () => {
    server.answerOnbind({ outcome: "unreachable", reason: "busy", retryAfterMs: 60_000 });
    await bind(dave);
    await server.tellHomeservers();
    server.advance(59_999);
    expect(await server.tellHomeservers()).toBe(0);
    server.advance(1);
    expect(await server.tellHomeservers()).toBe(1);
  });

  it("is not repeated after a refusal, which is an answer", async () => {
    server.answerOnbind({ outcome: "refused", status: 404 });
    await bind(dave);
    await server.tellHomeservers();
    server.advance(dayMs);
    expect(await server.tellHomeservers()).toBe(0);
  });

  it("is given up after two weeks; binding once more tries again, with the invites", async () => {
    const token = await invite();
    server.answerOnbind({ outcome: "unreachable", reason: "no answer" });
    await bind(dave);
    await server.tellHomeservers();
    server.advance(14 * dayMs);
    await server.tellHomeservers();
    server.answerOnbind({ outcome: "taken" });
    server.advance(14 * dayMs);
    expect(await server.tellHomeservers()).toBe(0);
    await bind(dave);
    expect(await server.tellHomeservers()).toBe(1);
    expect(tokensIn(server.onbinds.at(-1)?.body)).toEqual([token]);
  });

  it("delivers an invite once, however often its owner binds the address", async () => {
    const first = await invite();
    await bind(dave);
    await bind(dave);
    expect(await server.tellHomeservers(), "two bindings in a row are one notice").toBe(1);
    await unbind(dave);
    const second = await invite("!two:example.org");
    await bind(dave);
    await server.tellHomeservers();
    expect(server.onbinds.map(({ body }) => tokensIn(body))).toEqual([[first], [second]]);
  });

  it("is not sent once the address was unbound; binding it again brings the invites along", async () => {
    const token = await invite();
    server.answerOnbind({ outcome: "unreachable", reason: "no answer" });
    await bind(dave);
    await server.tellHomeservers();
    await unbind(dave);
    server.answerOnbind({ outcome: "taken" });
    server.advance(firstRetryMs);
    expect(await server.tellHomeservers()).toBe(1);
    expect(await server.tellHomeservers(), "nothing of it is left").toBe(0);
    expect(server.onbinds).toHaveLength(1);
    await bind(dave);
    expect(await server.tellHomeservers()).toBe(1);
    expect(tokensIn(server.onbinds.at(-1)?.body)).toEqual([token]);
  });

  it("is not sent once another user has the address, whose homeserver is told of no invite", async () => {
    await invite();
    server.answerOnbind({ outcome: "unreachable", reason: "no answer" });
    await bind(dave);
    await server.tellHomeservers();
    server.answerOnbind({ outcome: "taken" });
    expect((await bind(erin)).invites).toBeUndefined();
    server.advance(firstRetryMs);
    expect(await server.tellHomeservers()).toBe(2);
    expect(server.onbinds.map(({ server: told, body }) => [told, body["mxid"]])).toEqual([
      ["one.example", dave],
      ["two.example", erin],
    ]);
    expect(tokensIn(server.onbinds[1]?.body)).toEqual([]);
  });

  it("lets through what waits behind a notice that is not sent", async () => {
    await bind("@a:one.example", "a@example.org");
    await bind("@b:one.example", "b@example.org");
    await server.storage.associations.unbind({ medium: "email", address: "a@example.org" }, "@a:one.example");
    while ((await server.tellHomeservers()) > 0);
    expect(server.onbinds.map(({ body }) => body["mxid"])).toEqual(["@b:one.example"]);
  });

  it("goes on with other homeservers while one does not answer", async () => {
    server.answerOnbind({ outcome: "unreachable", reason: "no answer" });
    await bind("@a:one.example", "a@example.org");
    await bind("@b:one.example", "b@example.org");
    await server.tellHomeservers();
    server.answerOnbind({ outcome: "taken" });
    await bind(erin, "erin@example.org");
    expect(await server.tellHomeservers(), "the silent one is left alone for a while").toBe(1);
    server.advance(firstRetryMs);
    while ((await server.tellHomeservers()) > 0);
    expect(server.onbinds.map((told) => [told.server, told.body["mxid"]])).toEqual([
      ["one.example", "@a:one.example"],
      ["two.example", erin],
      ["one.example", "@a:one.example"],
      ["one.example", "@b:one.example"],
    ]);
  });

  it("says nothing more of an address that was erased", async () => {
    await invite();
    await bind(dave);
    await server.storage.associations.erase({ medium: "email", address }, server.now());
    expect(await server.tellHomeservers()).toBe(0);
    expect(server.onbinds).toEqual([]);
  });

  it.each([
    [404, "info"],
    [403, "warn"],
  ])("is told apart in the log when a homeserver answers %i", async (status, level) => {
    const log = fakeLogger();
    const homeservers = { onbind: async () => ({ outcome: "refused", status }) as const };
    const send = onbindSender({ homeservers, invites: server.storage.invites, clock: fakeClock(), log });
    await send({ mxid: dave }, AbortSignal.timeout(1_000));
    expect(log.lines).toEqual([expect.stringMatching(new RegExp(`^${level} A homeserver does not want .*${status}`))]);
  });
});

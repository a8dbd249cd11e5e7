/** How long an invite and its key hold, and which invites are not taken at all. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IdentitySettings } from "../../../runtime/identity/settings.js";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { type TestServer, testServer, validatedSession } from "./identity-server.js";

const inviter = "@inviter:example.org";
const dave = "@dave:example.org";
const address = "dave@example.org";
const invite = { medium: "email", address, room_id: "!room:example.org", sender: inviter };
const private_key = "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1";
const lifetimeMs = 1_000_000;
const blocked = { homeservers: [], rooms: [], keywords: [] };

let server: TestServer;
const open = async (invites: Partial<IdentitySettings["invites"]>) => {
  server = await testServer({ invites: { shownCharacters: 3, blocked, ...invites } });
};
afterEach(() => server.close());

const stored = async () => {
  const { token, public_keys } = await server.client.orThrow.storeInvite({ body: invite });
  const [, key] = public_keys;
  if (key === undefined || typeof key === "string") throw new Error("the invite has no key of its own");
  return { token, public_key: key.public_key };
};

const bind = async (mxid = dave) =>
  server.client.orThrow.bind({ body: { ...(await validatedSession(server, address, "secret")), mxid } });

describe.each(["v1", "v2"] as const)("the key of an invite, %s", (version) => {
  beforeEach(() => open({ lifetimeMs }));

  const isValid = async (public_key: string) => {
    const query = { public_key };
    const { valid } =
      version === "v1"
        ? await server.client.orThrow.isEphemeralPubKeyValid({ query })
        : await server.client.orThrow.isEphemeralPubKeyValidV2({ query });
    return valid;
  };

  const sign = async (token: string) => {
    const body = { mxid: dave, token, private_key };
    if (version === "v1") return server.client.blindlySignStuff({ body });
    return server.client.blindlySignStuffV2({ body }, { accessToken: await server.issueToken(dave) });
  };

  it("is valid after it signed, for the homeserver asks only then", async () => {
    const { token, public_key } = await stored();
    expect(await sign(token)).toMatchObject({ status: 200 });
    expect(await isValid(public_key)).toBe(true);
  });

  it("is used up once the address was bound, and signs no more", async () => {
    const { token, public_key } = await stored();
    await bind();
    expect(await isValid(public_key)).toBe(false);
    expect(await sign(token)).toMatchObject({ status: 404, body: { errcode: "M_UNRECOGNIZED" } });
  });

  it("expires with its invite, to the millisecond", async () => {
    const { token, public_key } = await stored();
    server.advance(lifetimeMs - 1);
    expect(await isValid(public_key)).toBe(true);
    expect(await sign(token)).toMatchObject({ status: 200 });
    server.advance(1);
    expect(await isValid(public_key)).toBe(false);
    expect(await sign(token)).toMatchObject({ status: 404 });
  });
});

const invitesMailed = () => server.mails.filter(({ purpose }) => purpose === "invite");

it("is not mailed once its address was bound: whoever has it knows", async () => {
  await open({ lifetimeMs });
  server.fail(new DeliveryError("unreachable", "the mail server is away"));
  await stored();
  expect(await server.mailInvites()).toBe(1);
  server.fail(undefined);
  await bind();
  server.advance(24 * 3_600_000 - 1);
  expect(await server.mailInvites()).toBe(1);
  expect(invitesMailed()).toEqual([]);
  expect(await server.mailInvites(), "nothing of it is left").toBe(0);
});

describe("an invite that expired", () => {
  it("is neither answered, nor delivered, nor kept", async () => {
    await open({ lifetimeMs });
    await stored();
    server.advance(lifetimeMs);
    expect(await bind()).not.toHaveProperty("invites");
    await server.tellHomeservers();
    expect(server.onbinds).toMatchObject([{ body: { invites: [] } }]);
    expect(await server.storage.invites.dropExpired(server.now(), 10)).toBe(1);
    expect(await server.storage.invites.dropExpired(server.now(), 10)).toBe(0);
  });

  it.each([
    [lifetimeMs - 1, 1],
    [lifetimeMs, 0],
  ])("is mailed no more: after %i ms, %i mails", async (waited, expected) => {
    await open({ lifetimeMs });
    await stored();
    server.advance(waited);
    expect(await server.mailInvites()).toBe(1);
    expect(invitesMailed()).toHaveLength(expected);
    expect(await server.mailInvites(), "nothing of it is left").toBe(0);
  });

  it("is mailed no more although its row is gone already", async () => {
    await open({ lifetimeMs });
    await stored();
    server.advance(lifetimeMs);
    await server.storage.invites.dropExpired(server.now(), 10);
    expect(await server.mailInvites()).toBe(1);
    expect(invitesMailed()).toEqual([]);
  });

  it("that was accepted in time is delivered all the same", async () => {
    await open({ lifetimeMs });
    const { token } = await stored();
    server.advance(lifetimeMs - 1);
    await bind();
    server.advance(1);
    expect(await bind()).not.toHaveProperty("invites");
    await server.storage.invites.dropExpired(server.now(), 10);
    server.close();
    await open({ lifetimeMs });
    const accepted = await stored();
    await bind();
    server.advance(lifetimeMs);
    await server.tellHomeservers();
    expect(server.onbinds).toMatchObject([{ body: { invites: [{ signed: { token: accepted.token } }] } }]);
    expect(token).not.toBe(accepted.token);
  });

  it("does not exist where the operator keeps invites for ever", async () => {
    await open({ lifetimeMs: undefined });
    const { token } = await stored();
    server.advance(200 * 365 * 24 * 3_600_000);
    expect(await bind()).toMatchObject({ invites: [{ signed: { token } }] });
  });
});

describe("an invite that the operator blocked", () => {
  const refused = { status: 403, body: { errcode: "M_FORBIDDEN", error: "This invite is not allowed here." } };
  const rules: IdentitySettings["invites"]["blocked"] = {
    homeservers: ["Spam.example"],
    rooms: ["!bad:example.org"],
    keywords: ["Straße der PILLEN"],
  };
  const anybody = "@anybody:spam.example";

  const cases: readonly { what: string; given: object; blocked: boolean }[] = [
    { what: "by a homeserver, in whatever case", given: { sender: anybody }, blocked: true },
    {
      what: "by another homeserver's user of the same name",
      given: { sender: "@spam.example:example.org" },
      blocked: false,
    },
    { what: "by a homeserver at another port", given: { sender: "@a:spam.example:8449" }, blocked: true },
    { what: "by a homeserver of a longer name", given: { sender: "@a:not.spam.example" }, blocked: false },
    { what: "by its room", given: { room_id: "!bad:example.org" }, blocked: true },
    { what: "by another room", given: { room_id: "!BAD:example.org" }, blocked: false },
    { what: "by the room's name", given: { room_name: "Die STRASSE DER Pillen!" }, blocked: true },
    { what: "by the inviter's name", given: { sender_display_name: "straße der pillen" }, blocked: true },
    { what: "by the room's alias", given: { room_alias: "#a straße der pillen:example.org" }, blocked: true },
    { what: "by some other text", given: { unheard_of: "Straße der Pillen" }, blocked: true },
    { what: "by half a word", given: { room_name: "Straße der" }, blocked: false },
    { what: "by a name of a field", given: { "Straße der Pillen": "here" }, blocked: false },
  ];

  it.each(cases)("$what: $blocked", async ({ given, blocked: expected }) => {
    await open({ blocked: rules });
    const body: typeof invite = { ...invite, ...given };
    const accessToken = await server.issueToken(body.sender);
    const answers = [
      await server.client.storeInvite({ body }),
      await server.client.storeInviteV2({ body }, { accessToken }),
    ];
    for (const answer of answers) expect(answer).toMatchObject(expected ? refused : { status: 200 });
    expect(server.woken()).toBe(expected ? 0 : 2);
  });

  it("is refused after whoever acts in another's name, and before anything is counted or told", async () => {
    await open({ blocked: rules });
    await bind();
    server.consumed.splice(0);
    const body = { ...invite, sender: anybody };
    const other = await server.issueToken(inviter);
    expect(await server.client.storeInviteV2({ body }, { accessToken: other })).toMatchObject({
      status: 403,
      body: { errcode: "M_UNAUTHORIZED" },
    });
    const accessToken = await server.issueToken(anybody);
    expect(await server.client.storeInviteV2({ body }, { accessToken })).toMatchObject(refused);
    expect(await server.client.storeInvite({ body: { ...body, medium: "pigeon" } })).toMatchObject(refused);
    expect(server.consumed).toEqual([]);
  });
});

it.each([
  [0, "...@..."],
  [1, "d...@e..."],
  [3, "dav...@exa..."],
  [64, "d...@e..."],
])("shows %i characters of an address as %s", async (shownCharacters, display_name) => {
  await open({ shownCharacters });
  expect(await server.client.orThrow.storeInvite({ body: invite })).toMatchObject({ display_name });
});

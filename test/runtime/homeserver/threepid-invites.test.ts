import { describe, expect, it } from "vitest";
import { trustedServers } from "../../../runtime/homeserver/domain/identity-server-name.js";
import { type InviteRequest, threepidInvites } from "../../../runtime/homeserver/domain/threepid-invites.js";
import type {
  IdentityServer,
  IdentityServerAnswer,
  RemoteInvite,
  RemoteStoredInvite,
} from "../../../runtime/ports/identity-servers.js";
import type { Threepid } from "../../../runtime/protocol/threepid.js";
import { testRooms } from "../../support/rooms.js";
import { fakeLimiter } from "../fakes.js";
import { nobody } from "./homeserver.js";
import { accountOf, alice, bob, idServer, longTerm, roomId, token, validityUrl } from "./invites.js";

const request: InviteRequest = {
  roomId,
  medium: "email",
  address: "Bob@Example.org",
  idServer,
  idAccessToken: "istoken",
};
const keys = [{ publicKey: longTerm.publicKey, validityUrl }];
const stored: IdentityServerAnswer<RemoteStoredInvite> = {
  outcome: "answered",
  value: { outcome: "stored", token, displayName: "bob@...", keys },
};

interface Answers {
  readonly lookup?: IdentityServerAnswer<string | undefined>;
  readonly storeInvite?: IdentityServerAnswer<RemoteStoredInvite>;
}

const inviting = (answers: Answers = {}) => {
  const rooms = testRooms();
  const room = rooms.create(roomId, alice, { name: "The Lounge", senderDisplayName: "Alice" });
  const asked: [string, IdentityServer, Threepid | RemoteInvite][] = [];
  const limiter = fakeLimiter();
  const { invite } = threepidInvites({
    rooms,
    identityServers: {
      ...nobody,
      lookup: async (server, threepid) => {
        asked.push(["lookup", server, threepid]);
        return answers.lookup ?? { outcome: "answered", value: undefined };
      },
      storeInvite: async (server, given) => {
        asked.push(["store-invite", server, given]);
        return answers.storeInvite ?? stored;
      },
    },
    limiter,
    trusted: trustedServers([]),
  });
  return { invite, rooms, room, asked, limiter };
};

const server = { name: idServer, accessToken: "istoken" };

describe("inviting an address", () => {
  it("invites the user who is known under it", async () => {
    const { invite, room, asked } = inviting({ lookup: { outcome: "answered", value: bob } });
    await invite(accountOf(alice), request);
    expect(room.memberEvent(bob)).toMatchObject({ sender: alice, content: { membership: "invite" } });
    expect(asked).toEqual([["lookup", server, { medium: "email", address: "bob@example.org" }]]);
  });

  it("leaves an invite with the identity server and in the room where nobody is", async () => {
    const { invite, room, asked } = inviting();
    await invite(accountOf(alice), request);
    expect(asked[1]).toEqual([
      "store-invite",
      server,
      {
        medium: "email",
        address: "Bob@Example.org",
        roomId,
        sender: alice,
        room: { name: "The Lounge", senderDisplayName: "Alice" },
      },
    ]);
    expect(room.events.at(-1)).toEqual({
      type: "m.room.third_party_invite",
      sender: alice,
      stateKey: token,
      content: {
        display_name: "bob@...",
        key_validity_url: validityUrl,
        public_key: longTerm.publicKey,
        public_keys: [{ public_key: longTerm.publicKey, key_validity_url: validityUrl }],
      },
    });
  });

  it("invites the user who bound it in between", async () => {
    const { invite, room } = inviting({
      storeInvite: { outcome: "answered", value: { outcome: "in-use", mxid: bob } },
    });
    await invite(accountOf(alice), request);
    expect(room.membership(bob)).toBe("invite");
    expect(room.events.filter(({ type }) => type === "m.room.third_party_invite")).toEqual([]);
  });

  it("asks over version 1 without a token", async () => {
    const { invite, asked } = inviting();
    await invite(accountOf(alice), { ...request, idAccessToken: undefined, idServer: "https://ID.example.org/" });
    expect(asked.map(([, asks]) => asks)).toEqual([{ name: idServer }, { name: idServer }]);
  });

  it("finds users by their numbers, and leaves no invite for one", async () => {
    const byNumber = { ...request, medium: "msisdn", address: "+447400123456" };
    const known = inviting({ lookup: { outcome: "answered", value: bob } });
    await known.invite(accountOf(alice), byNumber);
    expect(known.asked[0]?.[2]).toEqual({ medium: "msisdn", address: "447400123456" });
    expect(known.room.membership(bob)).toBe("invite");
    const unknown = inviting();
    await expect(unknown.invite(accountOf(alice), byNumber)).rejects.toMatchObject({
      errcode: "M_THREEPID_MEDIUM_NOT_SUPPORTED",
    });
    expect(unknown.asked).toHaveLength(1);
  });

  it.each<{ what: string; changed?: Partial<InviteRequest>; errcode: string; status: number }>([
    { what: "an address that is none", changed: { address: "a@b@c" }, errcode: "M_INVALID_EMAIL", status: 400 },
    {
      what: "a number that is none",
      changed: { medium: "msisdn", address: "12x" },
      errcode: "M_INVALID_ADDRESS",
      status: 400,
    },
    { what: "another medium", changed: { medium: "fax" }, errcode: "M_THREEPID_MEDIUM_NOT_SUPPORTED", status: 400 },
    { what: "a room that is none", changed: { roomId: "#lounge:one.test" }, errcode: "M_INVALID_PARAM", status: 400 },
    { what: "a server with a path", changed: { idServer: "id.test/path" }, errcode: "M_INVALID_PARAM", status: 400 },
    {
      what: "a token that no header can carry",
      changed: { idAccessToken: "a\nb" },
      errcode: "M_INVALID_PARAM",
      status: 400,
    },
    {
      what: "a room where the caller is not",
      changed: { roomId: "!other:one.test" },
      errcode: "M_FORBIDDEN",
      status: 403,
    },
  ])("is refused for $what, and nobody is asked", async ({ changed, errcode, status }) => {
    const { invite, asked, room } = inviting();
    await expect(invite(accountOf(alice), { ...request, ...changed })).rejects.toMatchObject({ errcode, status });
    expect([asked, room.events.length]).toEqual([[], 1]);
  });

  it("is not for guests", async () => {
    const { invite } = inviting();
    await expect(invite(accountOf(alice, "guest"), request)).rejects.toMatchObject({ errcode: "M_FORBIDDEN" });
  });

  it("is limited by inviter, before anything leaves", async () => {
    const { invite, limiter, asked } = inviting();
    limiter.refused.add("invite.sender");
    await expect(invite(accountOf(alice), request)).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED" });
    expect([limiter.counted, asked]).toEqual([[`invite.sender ${alice}`], []]);
  });

  it.each<{ what: string; answers: Answers; want: object }>([
    {
      what: "wants its terms accepted",
      answers: { lookup: { outcome: "refused", status: 403, errcode: "M_TERMS_NOT_SIGNED", error: "sign" } },
      want: { status: 403, errcode: "M_TERMS_NOT_SIGNED", message: "sign" },
    },
    {
      what: "blocks the invite",
      answers: { storeInvite: { outcome: "refused", status: 403, errcode: "M_FORBIDDEN", error: "blocked" } },
      want: { status: 403, errcode: "M_FORBIDDEN", message: "blocked" },
    },
    {
      what: "does not know the token",
      answers: { lookup: { outcome: "refused", status: 401, errcode: "M_UNKNOWN_TOKEN", error: "?" } },
      want: { status: 403, errcode: "M_UNAUTHORIZED" },
    },
    {
      what: "is out",
      answers: { storeInvite: { outcome: "unreachable", reason: "?" } },
      want: { status: 502, errcode: "M_UNKNOWN" },
    },
  ])("tells what an identity server says that $what", async ({ answers, want }) => {
    const { invite, room } = inviting(answers);
    await expect(invite(accountOf(alice), request)).rejects.toMatchObject(want);
    expect(room.events).toHaveLength(1);
  });

  it("tells what the room, or the user, has against it", async () => {
    const known: Answers = { lookup: { outcome: "answered", value: bob } };
    const banned = inviting(known);
    banned.room.become(bob, "ban");
    await expect(banned.invite(accountOf(alice), request)).rejects.toMatchObject({
      errcode: "M_FORBIDDEN",
      message: "They are banned from this room.",
    });
    const blocked = inviting(known);
    blocked.rooms.blocking.add(bob);
    await expect(blocked.invite(accountOf(alice), request)).rejects.toMatchObject({
      errcode: "M_INVITE_BLOCKED",
      status: 403,
    });
  });
});

/** What inviting by address is refused with: by the room, by the identity server, between servers. */

import { expect } from "vitest";
import type { OperationId } from "../../generated/server-server/index.js";
import { signJson } from "../../runtime/protocol/signed-json.js";
import type { Contract } from "./contract.js";
import type { ErrorRow } from "./error-row.js";
import * as invites from "./invite-journeys.js";
import * as journey from "./journeys.js";
import { identityName, knownHomeserver } from "./names.js";
import { answerInstead, hangUp, letThrough, matrixError } from "./relay-errors.js";
import type { World } from "./world.js";

const invite = async (world: World, given: object = {}, address = journey.freshEmail(world)) =>
  invites.inviteByAddress(await invites.inviter(world), address, given);

/** The same in both eras. */
export const inviteErrors = (
  roomless: (world: World) => Contract<"inviteBy3PID">,
): readonly ErrorRow<"inviteBy3PID">[] => [
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the caller is not in the room",
    operations: ["inviteBy3PID"],
    arrange: async (world) => {
      const { roomId } = await invites.inviter(world);
      const { token } = await journey.registered(world);
      return invites.inviteByAddress({ token, roomId }, journey.freshEmail(world));
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the caller is a guest",
    operations: ["inviteBy3PID"],
    arrange: async (world) => {
      const { roomId } = await invites.inviter(world);
      const { token } = await journey.guest(world);
      return invites.inviteByAddress({ token, roomId }, journey.freshEmail(world));
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "whoever has the address is in the room already",
    operations: ["inviteBy3PID"],
    arrange: async (world) => {
      const { userId, address } = await invites.knownUser(world);
      const host = await invites.inviter(world);
      host.room.become(userId, "join");
      return invites.inviteByAddress(host, address);
    },
  },
  {
    errcode: "M_INVITE_BLOCKED",
    status: 403,
    when: "whoever has the address wants no invites",
    operations: ["inviteBy3PID"],
    arrange: async (world) => {
      const { userId, address } = await invites.knownUser(world);
      world.rooms.blocking.add(userId);
      return invite(world, {}, address);
    },
  },
  {
    errcode: "M_INVALID_EMAIL",
    status: 400,
    when: "the address is none",
    operations: ["inviteBy3PID"],
    arrange: (world) => invite(world, {}, "a@b@c"),
  },
  {
    errcode: "M_INVALID_ADDRESS",
    status: 400,
    when: "the number is none",
    operations: ["inviteBy3PID"],
    arrange: (world) => invite(world, { medium: "msisdn" }, "12"),
  },
  {
    errcode: "M_THREEPID_MEDIUM_NOT_SUPPORTED",
    status: 400,
    when: "nobody is known under a number",
    operations: ["inviteBy3PID"],
    arrange: (world) => invite(world, { medium: "msisdn" }, world.freshPhone().msisdn),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the identity server's name is none",
    operations: ["inviteBy3PID"],
    arrange: (world) => invite(world, { id_server: "id.example.org/path" }),
  },
  {
    errcode: "M_TERMS_NOT_SIGNED",
    status: 403,
    when: "the identity server's terms are not accepted",
    operations: ["inviteBy3PID"],
    arrange: (world) => {
      answerInstead(403, matrixError("M_TERMS_NOT_SIGNED"))(world, /hash_details/);
      return invite(world, { id_access_token: "token" });
    },
    tidy: letThrough,
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the identity server blocks the invite",
    operations: ["inviteBy3PID"],
    arrange: async (world) => {
      answerInstead(403, matrixError("M_FORBIDDEN"))(world, /store-invite/);
      return invite(world);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_NOT_FOUND",
    status: 404,
    when: "the identity server says so of whatever it misses",
    operations: ["inviteBy3PID"],
    arrange: (world) => {
      answerInstead(404, matrixError("M_NOT_FOUND"))(world, /lookup/);
      return invite(world);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server hangs up",
    operations: ["inviteBy3PID"],
    arrange: (world) => {
      hangUp(world, /store-invite/);
      return invite(world);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 404,
    when: "the server has no rooms",
    operations: ["inviteBy3PID"],
    over: roomless,
    arrange: (world) => invite(world),
  },
];

const exchanges = ["exchangeThirdPartyInvite"] as const;
const notices = ["onBindThirdPartyIdentifier", "onBindThirdPartyIdentifierPost"] as const;

/** An exchange with something else in its event, signed all the same. */
const changedExchange = async (
  world: World,
  change: (made: Awaited<ReturnType<typeof invites.exchange>>) => object,
) => {
  const made = await invites.exchange(world);
  return { ...made.given, json: { ...made.event, ...change(made) } };
};

const nobodyElse = (world: World) => `@${world.fresh("other")}:${world.other.name}`;

const blockIn = (event: { readonly content: { readonly third_party_invite: object } }, signed: object) => ({
  content: { ...event.content, third_party_invite: { ...event.content.third_party_invite, signed } },
});

export const exchangeErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_UNRECOGNIZED",
    status: 404,
    when: "the server has no rooms",
    operations: [...exchanges, ...notices],
    over: ({ federation }) => federation.concealing,
    arrange: async (world, id) =>
      id === "exchangeThirdPartyInvite" ? (await invites.exchange(world)).given : { json: await invites.notice(world) },
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 401,
    when: "it is not signed",
    operations: exchanges,
    arrange: async (world) => {
      const { sign: _sign, ...given } = (await invites.exchange(world)).given;
      return given;
    },
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 401,
    when: "it is signed for another server",
    operations: exchanges,
    arrange: async (world) => ({
      ...(await invites.exchange(world)).given,
      sign: invites.byOther(world, "elsewhere.example"),
    }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 401,
    when: "the body is another than was signed",
    operations: exchanges,
    arrange: async (world) => {
      const { given } = await invites.exchange(world);
      const sign = invites.byOther(world);
      return { ...given, sign: (request) => sign({ ...request, content: {} }) };
    },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the path names another room (CVE-2020-26257)",
    operations: exchanges,
    arrange: async (world) => ({
      ...(await invites.exchange(world)).given,
      params: { roomId: (await invites.inviter(world)).roomId },
    }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the user is to join",
    operations: exchanges,
    arrange: (world) => changedExchange(world, ({ event }) => ({ content: { ...event.content, membership: "join" } })),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "it is for another user of the same server",
    operations: exchanges,
    arrange: (world) => changedExchange(world, () => ({ state_key: nobodyElse(world) })),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "it is for a user of another server than the one that signs",
    operations: exchanges,
    arrange: (world) => changedExchange(world, () => ({ state_key: `@guest:${knownHomeserver.name}` })),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the identity server signed it for another user",
    operations: exchanges,
    arrange: (world) =>
      changedExchange(world, ({ event, signed }) => {
        const mxid = nobodyElse(world);
        return { state_key: mxid, ...blockIn(event, { ...signed, mxid }) };
      }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "somebody else's key signed it",
    operations: exchanges,
    arrange: (world) =>
      changedExchange(world, ({ event, signed: { signatures: _signatures, ...fields } }) =>
        blockIn(event, signJson(fields, identityName, world.other.signingKey)),
      ),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "nobody waits for its token",
    operations: exchanges,
    arrange: (world) => changedExchange(world, ({ event, signed }) => blockIn(event, { ...signed, token: "made_up" })),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the invite was used, and its user has left",
    operations: exchanges,
    arrange: async (world) => {
      const { given, room, mxid } = await invites.exchange(world);
      await world.federation.main.succeed("exchangeThirdPartyInvite", given);
      expect(room.membership(mxid)).toBe("invite");
      room.become(mxid, "leave");
      return given;
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the key does not count any more",
    operations: exchanges,
    arrange: async (world) => {
      const { given } = await invites.exchange(world);
      answerInstead(200, JSON.stringify({ valid: false }))(world, /pubkey\/isvalid/);
      return given;
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "nobody says whether the key counts",
    operations: exchanges,
    arrange: async (world) => {
      const { given } = await invites.exchange(world);
      hangUp(world, /pubkey\/isvalid/);
      return given;
    },
    tidy: letThrough,
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the user is none of this server",
    operations: notices,
    arrange: async (world) => ({ json: await invites.notice(world, nobodyElse(world)) }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "an invite was signed for another user",
    operations: notices,
    arrange: async (world) => {
      const { invites: waiting } = await invites.notice(world);
      const { userId: mxid } = await journey.registered(world);
      return { json: { ...(await invites.notice(world)), mxid, invites: waiting.map((it) => ({ ...it, mxid })) } };
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "an invite is signed by a key that is not the identity server's",
    operations: notices,
    arrange: async (world) => {
      const made = await invites.notice(world);
      const forged = made.invites.map(({ signed: { signatures: _signatures, ...fields }, ...invite }) => ({
        ...invite,
        signed: signJson(fields, identityName, world.other.signingKey),
      }));
      return { json: { ...made, invites: [...made.invites, ...forged] } };
    },
  },
  {
    errcode: "M_TOO_LARGE",
    status: 413,
    when: "there are more invites than anybody is sent honestly",
    operations: notices,
    arrange: async (world) => {
      const made = await invites.notice(world);
      return { json: { ...made, invites: Array.from({ length: 101 }, () => made.invites[0]) } };
    },
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server's key cannot be had",
    operations: notices,
    arrange: async (world) => {
      const json = await invites.notice(world);
      hangUp(world, /pubkey/);
      return { json };
    },
    tidy: letThrough,
  },
];

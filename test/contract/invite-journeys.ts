/** Ways to invites by address, in rooms of this homeserver and of another. */

import { vi } from "vitest";
import type { JsonObject } from "../../runtime/protocol/canonical-json.js";
import type { SignedRequest } from "../../runtime/protocol/x-matrix.js";
import type { TestRoom } from "../support/rooms.js";
import type { Given } from "./contract.js";
import {
  boundEmail,
  freshEmail,
  inviteFor,
  registered,
  sessionOf,
  type TestAccount,
  validatedEmail,
} from "./journeys.js";
import { homeserverName, identityName } from "./names.js";
import type { World } from "./world.js";

/** An account, and a room of its own. */
export const inviter = async (
  world: World,
): Promise<TestAccount & { readonly roomId: string; readonly room: TestRoom }> => {
  const account = await registered(world);
  const roomId = `!${world.fresh("room")}:${homeserverName}`;
  return { ...account, roomId, room: world.rooms.create(roomId, account.userId, { name: "A room" }) };
};

/** A request of the inviter, for an address that nobody has bound. */
export const inviteByAddress = (
  { token, roomId }: { readonly token: string; readonly roomId: string },
  address: string,
  given: object = {},
): Given => ({ token, params: { roomId }, json: { id_server: identityName, medium: "email", address, ...given } });

/** The other homeserver's signature, for this one. */
export const byOther =
  (world: World, destination = homeserverName) =>
  (request: SignedRequest): string =>
    world.other.authorize(request, destination);

/** One of the invites that waited for an address, as the bind answers it. */
interface WaitingInvite {
  readonly room_id: string;
  readonly sender: string;
  readonly signed: JsonObject & { readonly token: string };
}

/** Has an invite kept, whose mail has arrived then: the next one to the address is another. */
const leaveInvite = async (world: World, address: string, ask: () => Promise<unknown>): Promise<void> => {
  await ask();
  await vi.waitUntil(() => world.mail.count(address) > 0, { timeout: 5_000 });
};

/** Binds an address to a user; the invites that waited for it. */
const bindAddress = async (world: World, address: string, mxid: string): Promise<readonly WaitingInvite[]> => {
  const session = sessionOf(await validatedEmail(world, address));
  const { invites } = await world.identity.succeed("bind", { json: { ...session, mxid } });
  return invites as WaitingInvite[]; // judged by the document
};

/** An invite into a room here, which a user of the other homeserver has claimed: what that homeserver sends. */
export const exchange = async (world: World) => {
  // What was said about the key just now is remembered no more.
  world.advance(60_000);
  const { userId: sender, token, roomId, room } = await inviter(world);
  const address = freshEmail(world);
  const request = inviteByAddress({ token, roomId }, address);
  await leaveInvite(world, address, () => world.homeserver.succeed("inviteBy3PID", request));
  const mxid = `@${world.fresh("guest")}:${world.other.name}`;
  const [invite] = await bindAddress(world, address, mxid);
  if (invite === undefined) throw new Error("no invite waited");
  const event = {
    type: "m.room.member",
    room_id: roomId,
    sender,
    state_key: mxid,
    content: { membership: "invite", third_party_invite: { display_name: mxid, signed: invite.signed } },
  };
  const given = { params: { roomId }, json: event, sign: byOther(world) } satisfies Given;
  return { given, event, room, mxid, signed: invite.signed };
};

/** An invite into a room of the other homeserver, which a user here has claimed: what the identity server sends. */
export const notice = async (world: World, user?: string) => {
  const mxid = user ?? (await registered(world)).userId;
  const address = freshEmail(world);
  const invite = { ...inviteFor(address, `@host:${world.other.name}`), room_id: `!lounge:${world.other.name}` };
  await leaveInvite(world, address, () => world.identity.succeed("storeInvite", { json: invite }));
  const invites = await bindAddress(world, address, mxid);
  return { medium: "email", address, mxid, invites };
};

/** A user of the homeserver, and an address of theirs that everybody finds. */
export const knownUser = async (world: World) => {
  const { userId } = await registered(world);
  const { address } = await boundEmail(world, userId);
  return { userId, address };
};

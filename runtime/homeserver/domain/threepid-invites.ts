/** Inviting somebody by their address (Client-Server API, "Third-party invites"). */

import type { Account } from "../../ports/account-store.js";
import type { IdentityServer, IdentityServers } from "../../ports/identity-servers.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Rooms } from "../../ports/rooms.js";
import { invalidParam, protocolError } from "../../protocol/errors.js";
import { isRoomId } from "../../protocol/identifiers.js";
import { inviteContent } from "../../protocol/third-party-invite.js";
import { canonicalThreepid, isMedium, parseEmail, type Threepid } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import { noGuest } from "./access.js";
import { identityServer, type TrustedServers } from "./identity-server-name.js";
import { relayed } from "./relayed-answer.js";
import { requireDone } from "./room-verdict.js";

export interface InviteRequest {
  readonly roomId: string;
  /** As the client wrote them. */
  readonly medium: string;
  readonly address: string;
  readonly idServer: string;
  /** Without it the identity server is asked over its version 1. */
  readonly idAccessToken: string | undefined;
}

export interface ThreepidInvites {
  /**
   * Invites the user whom the identity server knows under the address, or else leaves an invite there and in the room.
   * Throws M_FORBIDDEN and M_INVITE_BLOCKED as the room says,
   * M_THREEPID_MEDIUM_NOT_SUPPORTED for a number that nobody is known under, M_INVALID_EMAIL, M_INVALID_ADDRESS,
   * M_INVALID_PARAM, M_LIMIT_EXCEEDED, and what the identity server refuses with.
   */
  invite(account: Account, request: InviteRequest): Promise<void>;
}

export interface InvitePorts {
  readonly rooms: Rooms;
  readonly identityServers: IdentityServers;
  readonly limiter: Limiter;
  readonly trusted: TrustedServers;
}

/** Whom to look for, and how the address is written to. */
interface Invitee {
  readonly threepid: Threepid;
  readonly destination: string;
}

const inviteeOf = ({ medium, address }: InviteRequest): Invitee => {
  if (!isMedium(medium)) throw protocolError("M_THREEPID_MEDIUM_NOT_SUPPORTED");
  if (medium === "email") {
    const email = parseEmail(address);
    return { threepid: { medium, address: email.address }, destination: email.destination };
  }
  const threepid = canonicalThreepid(medium, address);
  if (!/^\d{3,15}$/.test(threepid.address)) throw protocolError("M_INVALID_ADDRESS");
  return { threepid, destination: threepid.address };
};

export const threepidInvites = ({ rooms, identityServers, limiter, trusted }: InvitePorts): ThreepidInvites => {
  /** Where nobody is known under the address: the identity server tells them, and the room waits for them. */
  const leaveInvite = async (
    server: IdentityServer,
    { threepid: { medium }, destination }: Invitee,
    { mxid: sender, roomId }: { readonly mxid: string; readonly roomId: string },
  ): Promise<void> => {
    if (medium !== "email") {
      const error = "Nobody is known under this number, and invites wait for mail addresses alone.";
      throw protocolError("M_THREEPID_MEDIUM_NOT_SUPPORTED", { error });
    }
    const room = await rooms.describe(sender, roomId);
    const invite = { medium, address: destination, roomId, sender, room };
    const stored = relayed(await identityServers.storeInvite(server, invite));
    if (stored.outcome === "in-use") return requireDone(await rooms.inviteUser(sender, roomId, stored.mxid));
    const content = inviteContent(stored.displayName, stored.keys);
    requireDone(await rooms.addThreepidInvite({ roomId, sender, token: stored.token, content }));
  };

  return {
    async invite(account, request) {
      const { mxid } = noGuest(account);
      const { roomId, idServer, idAccessToken } = request;
      if (!isRoomId(roomId)) throw invalidParam("roomId", "must be a room ID");
      const invitee = inviteeOf(request);
      const server = identityServer(trusted.nameOf(idServer), idAccessToken);
      // Before anything is asked elsewhere: whoever may not invite learns nothing of who has the address.
      requireDone(await rooms.mayInvite(mxid, roomId));
      await limitTo(limiter, "invite.sender", mxid);
      const known = relayed(await identityServers.lookup(server, invitee.threepid));
      if (known !== undefined) return requireDone(await rooms.inviteUser(mxid, roomId, known));
      await leaveInvite(server, invitee, { mxid, roomId });
    },
  };
};

/** Issuing an invite whose address somebody elsewhere has bound (Server-Server API, "Third-party invites"). */

import type { Limiter } from "../../ports/limiter.js";
import type { Rooms } from "../../ports/rooms.js";
import type { JsonValue } from "../../protocol/canonical-json.js";
import { invalidParam, protocolError } from "../../protocol/errors.js";
import { hostOf, isRoomId, parseUserId } from "../../protocol/identifiers.js";
import { readSignedInvite } from "../../protocol/third-party-invite.js";
import { limitTo } from "../../validation/dispatch.js";
import type { Origin } from "./origin.js";
import type { CheckPending } from "./pending-invites.js";
import { requireDone } from "./room-verdict.js";

/** The request of the invited user's homeserver: a member event that nobody has sent yet. */
export interface ExchangeRequest {
  /** Of the path. */
  readonly roomId: string;
  readonly event: {
    readonly type: string;
    readonly roomId: string;
    readonly sender: string;
    readonly stateKey: string;
    readonly membership: string;
    readonly signed: JsonValue;
  };
}

export interface ExchangeContext {
  readonly clientIp: string;
}

export interface ExchangedInvites {
  /**
   * Issues the invite. `origin` has to be the invited user's server, and is verified last of what can be told without
   * asking anybody. Throws M_INVALID_PARAM for an event that is none of these, M_FORBIDDEN for one that proves nothing,
   * M_UNAUTHORIZED, M_LIMIT_EXCEEDED, and M_UNKNOWN (502) while nobody can say whether the key still counts.
   */
  issue(origin: Origin, request: ExchangeRequest, context: ExchangeContext): Promise<void>;
}

const forbidden = (error: string) => protocolError("M_FORBIDDEN", { error });

/** Room and token are unknown alike: whoever has no invite does not learn what waits where. */
const noSuchInvite = () => forbidden("No such invite waits in this room.");

const requireEvent = ({ roomId, event }: ExchangeRequest): void => {
  if (event.roomId !== roomId) throw invalidParam("room_id", "must be the room of the path");
  if (!isRoomId(roomId)) throw invalidParam("room_id", "must be a room ID");
  if (event.type !== "m.room.member") throw invalidParam("type", "must be m.room.member");
  if (event.membership !== "invite") throw invalidParam("content.membership", "must be invite");
};

export const exchangedInvites = ({
  rooms,
  limiter,
  checkPending,
}: {
  readonly rooms: Rooms;
  readonly limiter: Limiter;
  readonly checkPending: CheckPending;
}): ExchangedInvites => ({
  async issue(origin, request, { clientIp }) {
    requireEvent(request);
    const { roomId, sender, stateKey, signed: block } = request.event;
    const invited = parseUserId(stateKey);
    if (invited === undefined) throw invalidParam("state_key", "must be a user ID");
    if (invited.serverName !== origin.name) throw forbidden("Only the invited user's homeserver can ask for this.");
    const signed = readSignedInvite(block);
    if (signed === undefined) throw invalidParam("content.third_party_invite.signed", "is no signed invite");
    if (signed.mxid !== stateKey) throw forbidden("The invite was signed for another user.");
    const pending = await rooms.findThreepidInvite(roomId, signed.token);
    if (pending === undefined || pending.sender !== sender) throw noSuchInvite();
    // From here on others are asked: the server that the request names, and the one that the room names for its keys.
    await limitTo(limiter, "bind.ip", clientIp);
    await origin.verify();
    await limitTo(limiter, "exchange.homeserver", hostOf(origin.name));
    const verdict = await checkPending(pending, signed);
    switch (verdict.outcome) {
      case "valid":
        return requireDone(await rooms.claimThreepidInvite(verdict.claimed));
      case "unsigned":
        throw forbidden("No key of the invite has signed this.");
      case "revoked":
        throw forbidden("The key that signed this is not valid any more.");
      case "unreachable":
        throw protocolError("M_UNKNOWN", {
          status: 502,
          error: "The identity server could not be asked whether its key is valid. Please try again later.",
        });
    }
  },
});

/**
 * Invites that waited for an address which one of our users has bound (Server-Server API, `3pid/onbind`).
 *
 * Anybody can send such a notice, and nothing but the block `signed` of each invite is signed. What it says is believed
 * as far as it can be checked here:
 *
 * - Where this server is in the room, the room's event lists the keys, and says where to ask whether they still count.
 *   Sender and room are those of the event then, and the invite is made right here.
 * - Where it is not, the keys of the event are out of reach. The block must be signed by a key that the identity server
 *   which it names publishes. That proves who signed, and not that the room listens to them: only the inviter's server
 *   can tell, so it is asked to issue the invite, and verifies everything once more.
 *
 * A notice with a forged invite is refused as a whole. One that cannot be checked or passed on just now is answered with
 * a failure, upon which identity servers repeat it; whatever was done by then is done only once.
 */

import type { AccountStore } from "../../ports/account-store.js";
import type { IdentityServers } from "../../ports/identity-servers.js";
import type { InviteExchanges } from "../../ports/invite-exchanges.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Logger } from "../../ports/logger.js";
import type { Rooms } from "../../ports/rooms.js";
import type { JsonObject, JsonValue } from "../../protocol/canonical-json.js";
import { protocolError } from "../../protocol/errors.js";
import { isRoomId, parseUserId } from "../../protocol/identifiers.js";
import { readSignedInvite, type SignedInvite } from "../../protocol/third-party-invite.js";
import { limitTo } from "../../validation/dispatch.js";
import type { TrustedServers } from "./identity-server-name.js";
import type { CheckPending } from "./pending-invites.js";
import { publishedSignatures } from "./published-signatures.js";
import { someAtATime } from "./some-at-a-time.js";

export interface BoundNotice {
  readonly mxid: string;
  readonly invites: readonly BoundInvite[];
}

/** An invite as a notice has it. */
export interface BoundInvite {
  readonly mxid: string;
  readonly roomId: string;
  readonly sender: string;
  readonly signed: JsonValue;
}

export interface NoticeContext {
  readonly clientIp: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface BoundInvites {
  /**
   * Takes the invites of a notice. Throws M_FORBIDDEN for a user who is not one of ours
   * and for a forged invite, M_TOO_LARGE, M_LIMIT_EXCEEDED, and M_UNKNOWN (502) for a notice to be repeated.
   */
  take(notice: BoundNotice, context: NoticeContext): Promise<void>;
}

export interface BoundInvitePorts {
  readonly rooms: Rooms;
  readonly accounts: Pick<AccountStore, "find">;
  readonly identityServers: Pick<IdentityServers, "publicKey">;
  readonly inviteExchanges: InviteExchanges;
  readonly limiter: Limiter;
  readonly trusted: TrustedServers;
  readonly checkPending: CheckPending;
  readonly serverName: string;
}

/** More invites than this wait for no honest address, and each may cost a request to a server of a stranger's choice. */
const maxInvites = 100;

/** The people who invite somebody are at a few servers; whoever names many wants them asked. */
const maxInviters = 8;

/** How many invites are passed on at the same time. */
const exchangesAtATime = 4;

interface ReadInvite {
  readonly roomId: string;
  readonly sender: string;
  readonly inviter: string;
  readonly signed: SignedInvite;
}

/** What is to be done for an invite, once it was checked; undefined where nothing is left to do. */
type Step = (() => Promise<void>) | undefined;

const forged = () => protocolError("M_FORBIDDEN", { error: "An invite of this notice is not signed as it should be." });

const repeatLater = () =>
  protocolError("M_UNKNOWN", {
    status: 502,
    error: "Another server could not be asked. Please repeat the notice later.",
  });

const read = ({ mxid, roomId, sender, signed: block }: BoundInvite, owner: string): ReadInvite => {
  const signed = readSignedInvite(block);
  const inviter = parseUserId(sender)?.serverName;
  if (signed === undefined || inviter === undefined || !isRoomId(roomId)) throw forged();
  if (mxid !== owner || signed.mxid !== owner) throw forged();
  return { roomId, sender, inviter, signed };
};

const requireFew = (inviters: ReadonlySet<string>): void => {
  if (inviters.size <= maxInviters) return;
  throw protocolError("M_TOO_LARGE", { error: `At most ${maxInviters} servers of inviters at once.` });
};

/** Takes a few steps at a time. One that fails holds up none of the others; the first failure is thrown in the end. */
const takeAll = async (steps: readonly Step[]): Promise<void> => {
  const failures: unknown[] = [];
  await someAtATime(steps, exchangesAtATime, async (step) => {
    try {
      await step?.();
    } catch (error) {
      failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
};

/** A notice that says the same twice says it once. */
const distinct = (invites: readonly ReadInvite[]): readonly ReadInvite[] => [
  ...new Map(invites.map((invite) => [JSON.stringify([invite.roomId, invite.signed.token]), invite])).values(),
];

export const boundInvites = (ports: BoundInvitePorts): BoundInvites => {
  const { rooms, accounts, inviteExchanges, limiter, checkPending, serverName } = ports;

  const requireUser = async (mxid: string): Promise<void> => {
    const account = parseUserId(mxid)?.serverName === serverName ? await accounts.find(mxid) : undefined;
    if (account === undefined || account.state === "deactivated" || account.kind === "guest") {
      throw protocolError("M_FORBIDDEN", { error: "This is no user of this server." });
    }
  };

  const exchange = async (
    { roomId, sender, inviter, signed }: ReadInvite,
    block: JsonObject,
    context: NoticeContext,
  ) => {
    const invite = { roomId, sender, mxid: signed.mxid, signed: block };
    const answer = await inviteExchanges.exchange(inviter, invite, context.signal);
    if (answer.outcome === "unreachable") {
      context.log.info("the server of an inviter cannot be asked for an invite", {
        server: inviter,
        reason: answer.reason,
      });
      throw repeatLater();
    }
    if (answer.outcome === "refused") {
      const { status, errcode } = answer;
      context.log.warn("the server of an inviter does not issue an invite", { server: inviter, status, errcode });
    }
  };

  const stepFor = async (
    invite: ReadInvite,
    isPublished: ReturnType<typeof publishedSignatures>,
    context: NoticeContext,
  ): Promise<Step> => {
    const { roomId, inviter, signed } = invite;
    const pending = await rooms.findThreepidInvite(roomId, signed.token);
    if (pending !== undefined) {
      const verdict = await checkPending(pending, signed);
      if (verdict.outcome === "unsigned") throw forged();
      if (verdict.outcome === "unreachable") throw repeatLater();
      if (verdict.outcome === "revoked") return undefined;
      return async () => {
        const { outcome } = await rooms.claimThreepidInvite(verdict.claimed);
        if (outcome !== "done") context.log.info("a room does not take an invite that was bound", { outcome });
      };
    }
    // Our own room would have it: it was taken back meanwhile, or never was.
    if (inviter === serverName) return undefined;
    const verdict = await isPublished(signed);
    if (verdict.outcome === "unreachable") throw repeatLater();
    if (verdict.outcome === "unsigned") throw forged();
    return () => exchange(invite, verdict.signed, context);
  };

  return {
    async take({ mxid, invites }, context) {
      await requireUser(mxid);
      if (invites.length > maxInvites) {
        throw protocolError("M_TOO_LARGE", { error: `At most ${maxInvites} invites at once.` });
      }
      if (invites.length === 0) return;
      const waiting = distinct(invites.map((invite) => read(invite, mxid)));
      requireFew(new Set(waiting.map(({ inviter }) => inviter)));
      await limitTo(limiter, "bind.ip", context.clientIp, waiting.length);
      const isPublished = publishedSignatures(ports);
      // Everything is checked before anything is done.
      const steps = await Promise.all(waiting.map((invite) => stepFor(invite, isPublished, context)));
      await takeAll(steps);
    },
  };
};

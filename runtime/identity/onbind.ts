/**
 * Telling a user's homeserver that an address was bound to them, with the invites that waited for it: what waits in the
 * outbox, and how it leaves. Identity Service API, "Invitation storage"; Server-Server API, `3pid/onbind`.
 */

import type { Associations } from "../ports/associations.js";
import type { Clock } from "../ports/clock.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { Invites } from "../ports/invites.js";
import type { Logger } from "../ports/logger.js";
import type { OutboxEntry } from "../ports/outbox.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import { parseUserId } from "../protocol/identifiers.js";
import { isRecord } from "../protocol/record.js";
import { isMedium } from "../protocol/threepid.js";
import type { BodyWithInvites } from "./signed-association.js";

/** The kind of outbox entry whose payload is a signed association with its invites. */
export const onbindKind = "onbind";

/**
 * The notice of a binding: however often it is tried, the homeserver is told the same, and knows by the tokens which
 * invites it has seen. Undefined when the user ID names no server.
 */
export const onbindNotice = (body: BodyWithInvites): OutboxEntry | undefined => {
  const { medium, address, mxid, ts } = body;
  const destination = parseUserId(mxid)?.serverName;
  if (destination === undefined) return undefined;
  return {
    kind: onbindKind,
    payload: body as object as JsonObject, // it was signed as JSON
    dueAt: ts,
    destination,
    // A later binding of the same address to the same user brings along whatever this one did not deliver.
    topic: `${medium} ${address} ${mxid}`,
    threepid: { medium, address },
  };
};

const tokensOf = ({ invites }: JsonObject): readonly string[] =>
  (Array.isArray(invites) ? invites : []).flatMap((invite) => {
    const signed = isRecord(invite) ? invite["signed"] : undefined;
    const token = isRecord(signed) ? signed["token"] : undefined;
    return typeof token === "string" ? [token] : [];
  });

/** Whether the user still has the address: one that was unbound, or bound to another user, is no news of theirs. */
export const onbindStands =
  ({ associations }: { readonly associations: Pick<Associations, "find"> }) =>
  async ({ medium, address, mxid }: JsonObject): Promise<boolean> => {
    if (typeof medium !== "string" || !isMedium(medium) || typeof address !== "string") return false;
    const bound = await associations.find({ medium, address });
    return bound?.mxid === mxid;
  };

export interface OnbindPorts {
  readonly homeservers: Pick<Homeservers, "onbind">;
  readonly invites: Pick<Invites, "markDelivered">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Sends the outbox entries of {@link onbindKind}. An answer that refuses is an answer: it is not asked again. */
export const onbindSender =
  ({ homeservers, invites, clock, log }: OnbindPorts) =>
  async (payload: JsonObject, signal: AbortSignal): Promise<void> => {
    const { mxid } = payload;
    const server = typeof mxid === "string" ? parseUserId(mxid)?.serverName : undefined;
    if (server === undefined) throw new Error("the outbox entry is no notice of a binding");
    const answer = await homeservers.onbind(server, payload, signal);
    if (answer.outcome === "unreachable") {
      throw new DeliveryError("unreachable", answer.reason, { retryAfterMs: answer.retryAfterMs });
    }
    if (answer.outcome === "refused") {
      // Whoever has no rooms has no such endpoint either: nothing that anybody should look after.
      const level = answer.status === 404 ? "info" : "warn";
      log[level]("A homeserver does not want to know of a binding", { server, status: answer.status });
      return;
    }
    await invites.markDelivered(tokensOf(payload), clock.now());
  };

/** Sending a session's message once for each send_attempt. */

import { DeliveryError } from "../ports/delivery-error.js";
import type { Limiter, LimitScope } from "../ports/limiter.js";
import type { SessionEnd, ValidationSession, ValidationSessions } from "../ports/validation-sessions.js";
import { limitExceeded, type ProtocolError, protocolError } from "../protocol/errors.js";
import type { Threepid } from "../protocol/threepid.js";

/** A client's wish for a message. */
export interface Wish extends Threepid {
  readonly clientSecret: string;
  readonly sendAttempt: number;
  readonly nextLink?: string | undefined;
  /** Of a phone number; for limits. */
  readonly country?: string | undefined;
  readonly clientIp: string;
  /** Whose access token came with it, if one did; for limits. */
  readonly requester?: string | undefined;
}

/** How a wish is granted. */
export interface Sending {
  /** Stores a session for it, or finds the one that was stored meanwhile. */
  open(): Promise<ValidationSession>;
  deliver(session: ValidationSession): Promise<void>;
}

/** Answers the session of the wish; sends its message unless this attempt was sent before. */
export type Dispatch = (wish: Wish, sending: Sending) => Promise<ValidationSession>;

/** Throws M_LIMIT_EXCEEDED when the key has used up its allowance. */
export const limitTo = async (limiter: Limiter, scope: LimitScope, key: string, cost = 1): Promise<void> => {
  const { allowed, retryAfterMs } = await limiter.consume(scope, key, cost);
  if (!allowed) throw limitExceeded(retryAfterMs);
};

const sendFailure = ({ medium }: ValidationSession, cause: DeliveryError): ProtocolError => {
  if (medium === "email") return protocolError("M_EMAIL_SEND_ERROR", { cause });
  return protocolError(cause.failure === "destination-rejected" ? "M_DESTINATION_REJECTED" : "M_SEND_ERROR", { cause });
};

const wasSent = (session: ValidationSession, { sendAttempt }: Wish): boolean =>
  session.sendAttempt !== undefined && sendAttempt <= session.sendAttempt;

export const dispatch = (ports: {
  readonly sessions: ValidationSessions;
  readonly limiter: Limiter;
  /** When sessions end, at this moment. */
  readonly end: () => SessionEnd;
}): Dispatch => {
  const { sessions, limiter, end } = ports;
  /** Requests for one and the same message at one and the same time share one sending. */
  const underway = new Map<string, Promise<ValidationSession>>();

  /**
   * A user counts besides the address that they ask from, and not instead: whoever runs a homeserver is as many users as
   * they like. Addresses behind which honest users share one are the operator's to name.
   */
  const limitSending = async ({ clientIp, requester, address, country }: Wish): Promise<void> => {
    await limitTo(limiter, "send.ip", clientIp);
    if (requester !== undefined) await limitTo(limiter, "send.mxid", requester);
    await limitTo(limiter, "send.address", address);
    if (country !== undefined) await limitTo(limiter, "send.country", country);
  };

  const grant: Dispatch = async (wish, { open, deliver }) => {
    const living = await sessions.living(wish, wish.clientSecret, end());
    if (living !== undefined && wasSent(living, wish)) return living;
    // Before anything is stored: whoever asks too often leaves no rows behind.
    await limitSending(wish);
    const session = living ?? (await open());
    try {
      await deliver(session);
    } catch (error) {
      throw error instanceof DeliveryError ? sendFailure(session, error) : error;
    }
    // Only now: a sending that failed, or was cut off, is repeated by the same attempt.
    await sessions.recordSend(session.sid, wish.sendAttempt, wish.nextLink);
    return session;
  };

  return (wish, sending) => {
    const key = JSON.stringify([wish.medium, wish.address, wish.clientSecret, wish.sendAttempt]);
    const shared = underway.get(key) ?? grant(wish, sending).finally(() => underway.delete(key));
    underway.set(key, shared);
    return shared;
  };
};

/** Sending a session's message once for each send_attempt. */

import { DeliveryError } from "../ports/delivery-error.js";
import type { Limiter, LimitScope } from "../ports/limiter.js";
import type { ValidationSession, ValidationSessions } from "../ports/validation-sessions.js";
import { limitExceeded, type ProtocolError, protocolError } from "../protocol/errors.js";

export interface Attempt {
  readonly sendAttempt: number;
  readonly nextLink?: string | undefined;
  readonly clientIp: string;
}

/** Sends unless the attempt was sent before. `country` is that of a phone number. */
export type Dispatch = (
  session: ValidationSession,
  attempt: Attempt,
  country: string | undefined,
  deliver: () => Promise<void>,
) => Promise<void>;

/** Throws M_LIMIT_EXCEEDED when the key has used up its allowance. */
export const limitTo = async (limiter: Limiter, scope: LimitScope, key: string): Promise<void> => {
  const { allowed, retryAfterMs } = await limiter.consume(scope, key);
  if (!allowed) throw limitExceeded(retryAfterMs);
};

const sendFailure = ({ medium }: ValidationSession, cause: DeliveryError): ProtocolError => {
  if (medium === "email") return protocolError("M_EMAIL_SEND_ERROR", { cause });
  return protocolError(cause.failure === "destination-rejected" ? "M_DESTINATION_REJECTED" : "M_SEND_ERROR", { cause });
};

const wasSent = (session: ValidationSession, attempt: Pick<Attempt, "sendAttempt">): boolean =>
  session.sendAttempt !== undefined && attempt.sendAttempt <= session.sendAttempt;

export const dispatch = (ports: { readonly sessions: ValidationSessions; readonly limiter: Limiter }): Dispatch => {
  const { sessions, limiter } = ports;
  /** Requests for one and the same message at one and the same time share one sending. */
  const underway = new Map<string, Promise<void>>();

  const send: Dispatch = async (session, { sendAttempt, nextLink, clientIp }, country, deliver) => {
    // The given session may have been read just before another sending of this attempt was recorded.
    const now = await sessions.find(session.sid);
    if (now === undefined || wasSent(now, { sendAttempt })) return;
    await limitTo(limiter, "send.ip", clientIp);
    await limitTo(limiter, "send.address", session.address);
    if (country !== undefined) await limitTo(limiter, "send.country", country);
    try {
      await deliver();
    } catch (error) {
      throw error instanceof DeliveryError ? sendFailure(session, error) : error;
    }
    // Only now: a sending that failed, or was cut off, is repeated by the same attempt.
    await sessions.recordSend(session.sid, sendAttempt, nextLink);
  };

  return (session, attempt, country, deliver) => {
    if (wasSent(session, attempt)) return Promise.resolve();
    const key = `${session.sid} ${attempt.sendAttempt}`;
    const shared = underway.get(key) ?? send(session, attempt, country, deliver).finally(() => underway.delete(key));
    underway.set(key, shared);
    return shared;
  };
};

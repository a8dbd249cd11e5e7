/** What belongs to users and to visitors: access tokens, accepted terms, validation sessions. */

import type { ImportTarget } from "../../ports/identity-import.js";
import type { SydentAcceptedTerms, SydentDatabase, SydentSession, SydentToken } from "../../ports/sydent-database.js";
import { ProtocolError } from "../../protocol/errors.js";
import { isClientSecret, isSid, parseUserId } from "../../protocol/identifiers.js";
import { canonicalThreepid, isMedium, parseEmail, type Threepid } from "../../protocol/threepid.js";
import { newLinkToken, type RandomSource, tokenHash } from "../../protocol/tokens.js";
import { type Count, digestOf } from "./tally.js";

/** An account is what its tokens open: without one there is nothing to keep. */
export const countAccounts = (source: Pick<SydentDatabase, "accounts" | "idleAccounts">, count: Count): void => {
  count.found(source.accounts());
  count.leftOut("without an access token: their users register anew", source.idleAccounts());
};

/** Tokens are kept by their hashes, so the same tokens open the same doors. */
export const moveTokens = (rows: Iterable<SydentToken>, target: ImportTarget, now: number, count: Count): void => {
  for (const { token, mxid, createdAt } of rows) {
    count.found();
    if (typeof token !== "string" || token === "" || parseUserId(mxid ?? "") === undefined) {
      count.leftOut("of no user ID");
    } else if (target.isNew(digestOf("token", token, mxid))) {
      count.changed(target.addAccessToken(tokenHash(token), mxid, createdAt ?? now));
    }
  }
};

export const moveAcceptedTerms = (
  rows: Iterable<SydentAcceptedTerms>,
  target: ImportTarget,
  now: number,
  count: Count,
): void => {
  for (const { mxid, url, createdAt } of rows) {
    count.found();
    if (target.isNew(digestOf("terms", mxid, url))) count.changed(target.acceptTerms(mxid, url, createdAt ?? now));
  }
};

/** A session lives for a day after its last change; for another one its end can be told. */
const remembered = 2 * 24 * 60 * 60 * 1000;

interface Destined extends Threepid {
  /** Where a message goes. */
  readonly destination: string;
}

/** Undefined where no message could be sent to: such an address proves nothing. */
const destined = (medium: string, address: string): Destined | undefined => {
  if (!isMedium(medium)) return undefined;
  if (medium === "msisdn") {
    const threepid = canonicalThreepid(medium, address);
    return { ...threepid, destination: threepid.address };
  }
  try {
    return { medium, ...parseEmail(address) };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
};

/** @param rows the oldest change first */
export const moveSessions = (
  rows: Iterable<SydentSession>,
  target: ImportTarget,
  { now, random }: { readonly now: number; readonly random: RandomSource },
  count: Count,
): void => {
  for (const { sid, medium, address, clientSecret, validated, changedAt, token, sendAttempt } of rows) {
    count.found();
    const to = destined(medium, address);
    if (changedAt <= now - remembered) {
      count.leftOut("ended");
    } else if (to === undefined || !isSid(sid) || !isClientSecret(clientSecret)) {
      count.leftOut("with an address, sid or client_secret that is none");
    } else if (target.isNew(digestOf("session", sid, clientSecret, validated, changedAt, token, sendAttempt))) {
      const session = {
        ...to,
        sid,
        clientSecret,
        // Without its own nobody can validate it any more: what was validated stays so.
        token: token === null || token === "" ? newLinkToken(random) : token,
        sendAttempt: sendAttempt ?? undefined,
        changedAt,
        validatedAt: validated ? changedAt : undefined,
      };
      count.changed(target.putSession(session));
    }
  }
};

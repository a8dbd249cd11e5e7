import { createHmac } from "node:crypto";
import type { Courier } from "../../ports/courier.js";
import { DeliveryError } from "../../ports/delivery-error.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Logger } from "../../ports/logger.js";
import type { Random } from "../../ports/random.js";
import type { AccountThreepids } from "../../ports/threepids.js";
import type { ValidationPurpose } from "../../ports/validation-purposes.js";
import { protocolError } from "../../protocol/errors.js";
import type { Threepid } from "../../protocol/threepid.js";
import { newSid } from "../../protocol/tokens.js";
import { limitTo } from "../../validation/dispatch.js";
import type { ThreepidSettings } from "../settings.js";

/** Who asks about which address, and where a mail about it would go. */
export interface Inquiry {
  readonly purpose: ValidationPurpose;
  readonly threepid: Threepid;
  /** As typed. */
  readonly destination: string;
  readonly clientSecret: string;
  readonly clientIp: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Whether the address may be validated for the purpose: for a new password some account must have it, otherwise none
 * may. Answers undefined when so; else throws M_THREEPID_IN_USE or M_THREEPID_NOT_FOUND, or, where the operator wants
 * this concealed, answers the sid of a session that does not exist.
 */
export type CheckKnown = (inquiry: Inquiry) => Promise<{ readonly decoySid: string } | undefined>;

interface KnownPorts {
  readonly threepids: AccountThreepids;
  readonly courier: Courier;
  readonly limiter: Limiter;
  readonly random: Random;
  readonly settings: Pick<ThreepidSettings, "whetherKnown">;
}

const decoyKeyLength = 32;

export const knownThreepids = ({ threepids, courier, limiter, random, settings }: KnownPorts): CheckKnown => {
  const decoyKey = random.bytes(decoyKeyLength);

  /** The same request gets the same sid, as it would from a real session. */
  const decoySid = ({ threepid, clientSecret }: Inquiry): string => {
    const seed = JSON.stringify([threepid.medium, threepid.address, clientSecret]);
    const digest = createHmac("sha512", decoyKey).update(seed).digest();
    return newSid({ bytes: (size) => digest.subarray(0, size) });
  };

  const tellOwner = async ({ threepid, destination, clientIp, log, signal }: Inquiry): Promise<void> => {
    if (threepid.medium !== "email") return;
    await limitTo(limiter, "send.ip", clientIp);
    await limitTo(limiter, "send.address", threepid.address);
    try {
      await courier.send({ purpose: "already-registered", to: destination }, signal);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      log.warn("the mail about an address in use was not sent", { failure: error.failure });
    }
  };

  return async (inquiry) => {
    const { purpose, threepid, clientIp } = inquiry;
    const known = (await threepids.ownerOf(threepid)) !== undefined;
    if (known === (purpose === "password")) return undefined;
    if (settings.whetherKnown === "state") {
      // Asking for addresses one by one is as limited as sending to them.
      await limitTo(limiter, "send.ip", clientIp);
      throw protocolError(known ? "M_THREEPID_IN_USE" : "M_THREEPID_NOT_FOUND");
    }
    if (known) await tellOwner(inquiry);
    return { decoySid: decoySid(inquiry) };
  };
};

import type { AccountStore } from "../../ports/account-store.js";
import type { Limiter } from "../../ports/limiter.js";
import type { ValidationPurpose } from "../../ports/validation-purposes.js";
import { protocolError } from "../../protocol/errors.js";
import type { Threepid } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import type { ThreepidSettings } from "../settings.js";

/** Who asks about which address. */
export interface Inquiry {
  readonly purpose: ValidationPurpose;
  readonly threepid: Threepid;
  readonly clientIp: string;
}

/** An address that is no good for the purpose, which whoever asks must not notice. */
export interface Concealed {
  /** Whether an account has it. */
  readonly known: boolean;
}

/**
 * Whether the address may be validated for the purpose: for a new password some account must have it, otherwise none
 * may. Answers undefined when so; else throws M_THREEPID_IN_USE or M_THREEPID_NOT_FOUND, or answers what has to be
 * concealed where the operator wants that.
 */
export type CheckKnown = (inquiry: Inquiry) => Promise<Concealed | undefined>;

interface KnownPorts {
  readonly accounts: Pick<AccountStore, "ownerOf">;
  readonly limiter: Limiter;
  readonly settings: Pick<ThreepidSettings, "whetherKnown">;
}

export const knownThreepids =
  ({ accounts, limiter, settings }: KnownPorts): CheckKnown =>
  async ({ purpose, threepid, clientIp }) => {
    const known = (await accounts.ownerOf(threepid)) !== undefined;
    if (known === (purpose === "password")) return undefined;
    if (settings.whetherKnown === "conceal") return { known };
    // Asking for addresses one by one is as limited as sending to them.
    await limitTo(limiter, "send.ip", clientIp);
    throw protocolError(known ? "M_THREEPID_IN_USE" : "M_THREEPID_NOT_FOUND");
  };

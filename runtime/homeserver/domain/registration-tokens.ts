import type { Clock } from "../../ports/clock.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Moment, RegistrationTokens } from "../../ports/registration-tokens.js";
import { protocolError } from "../../protocol/errors.js";
import { isRegistrationToken } from "../../protocol/identifiers.js";
import { limitTo } from "../../validation/dispatch.js";
import { interactiveSessionLifeMs } from "./open-sessions.js";

export interface InvitedRegistrations {
  /** Whether a token would let somebody register now. Throws M_FORBIDDEN where registration is closed, M_LIMIT_EXCEEDED. */
  isValid(token: string, clientIp: string): Promise<boolean>;
  /** Keeps a use of the token for an interactive session; false when it is not good. Throws M_LIMIT_EXCEEDED. */
  reserve(token: string, session: string, clientIp: string): Promise<boolean>;
}

interface TokenPorts {
  readonly registrationTokens: RegistrationTokens;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly settings: { readonly registration: { readonly users: boolean } };
}

/** Of the interactive sessions that keep uses of tokens, those count that are not over. */
export const momentOf = (now: number): Moment => ({ now, openedSince: now - interactiveSessionLifeMs });

export const invitedRegistrations = (ports: TokenPorts): InvitedRegistrations => {
  const { registrationTokens, limiter, clock, settings } = ports;
  return {
    async isValid(token, clientIp) {
      await limitTo(limiter, "token.ip", clientIp);
      if (!settings.registration.users) throw protocolError("M_FORBIDDEN", { error: "Registration is closed here." });
      return isRegistrationToken(token) && registrationTokens.isValid(token, momentOf(clock.now()));
    },
    async reserve(token, session, clientIp) {
      await limitTo(limiter, "token.ip", clientIp);
      return isRegistrationToken(token) && registrationTokens.reserve(token, session, momentOf(clock.now()));
    },
  };
};

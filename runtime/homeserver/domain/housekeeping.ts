import type { AccountStore } from "../../ports/account-store.js";
import type { Claims } from "../../ports/claims.js";
import type { Clock } from "../../ports/clock.js";
import type { DelegatedSessions } from "../../ports/delegated-sessions.js";
import type { InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { OpenIdTokens } from "../../ports/openid-tokens.js";
import type { ValidationPurposes } from "../../ports/validation-purposes.js";
import { interactiveSessionLifeMs } from "./open-sessions.js";
import { provenLifeMs } from "./threepid-proof.js";

/**
 * Nothing that was proved can be claimed later than this: a day passes at most until a session is validated, another
 * one while that counts, a third one in an interactive session that it served.
 */
const validationLifeMs = 2 * provenLifeMs + interactiveSessionLifeMs;

/**
 * Whoever comes back with tokens that have ended is told for so long that their device is still there; then it is gone
 * with them.
 */
export const endedDeviceLifeMs = 30 * 24 * 60 * 60 * 1000;

/** Of each kind in one sweep. */
const limit = 500;

interface HousekeepingPorts {
  readonly accounts: Pick<AccountStore, "dropEnded">;
  readonly claims: Claims;
  readonly interactiveSessions: InteractiveSessions;
  readonly validationPurposes: ValidationPurposes;
  readonly delegatedSessions: DelegatedSessions;
  readonly openIdTokens: OpenIdTokens;
  readonly clock: Clock;
}

/** Drops what nobody can use any more, a bounded number of rows; answers how many. */
export const housekeeping = (ports: HousekeepingPorts) => async (): Promise<number> => {
  const { accounts, claims, interactiveSessions, validationPurposes, delegatedSessions, openIdTokens, clock } = ports;
  const now = clock.now();
  const dropped = [
    await interactiveSessions.dropOpenedBefore(now - interactiveSessionLifeMs, limit),
    await validationPurposes.dropAssignedBefore(now - validationLifeMs, limit),
    await delegatedSessions.dropRecordedBefore(now - validationLifeMs, limit),
    await claims.dropSpentBefore(now - validationLifeMs, limit),
    await openIdTokens.dropExpiredBefore(now, limit),
    (await accounts.dropEnded?.(now - endedDeviceLifeMs, limit)) ?? 0,
  ];
  return dropped.reduce((sum, rows) => sum + rows, 0);
};

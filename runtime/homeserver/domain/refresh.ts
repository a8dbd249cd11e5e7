import type { AccountStore } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import { protocolError } from "../../protocol/errors.js";
import { tokenHash } from "../../protocol/tokens.js";
import { lockedOut, softlyLoggedOut } from "./access.js";
import type { GivenTokens, NewSessions } from "./new-session.js";

/**
 * New tokens for a refresh token. The old ones are good until one of the new ones is used, so that a client whose
 * answer was lost asks again: what it was given the first time is unknown from then on, for of two heirs one may be a
 * thief's. Throws M_UNKNOWN_TOKEN, softly for a token that expired or that its successor replaced while the device is
 * still there, and M_USER_LOCKED.
 */
export type RefreshTokens = (refreshToken: string) => Promise<GivenTokens>;

interface RefreshPorts {
  readonly accounts: Pick<AccountStore, "refresh">;
  readonly clock: Clock;
  readonly newSessions: NewSessions;
}

export const refreshTokens =
  ({ accounts, clock, newSessions }: RefreshPorts): RefreshTokens =>
  async (refreshToken) => {
    const { kept, given } = newSessions.tokens(true);
    const refreshHash = tokenHash(refreshToken);
    switch (await accounts.refresh({ refreshHash, tokens: kept, at: clock.now() })) {
      case "refreshed":
        return given;
      case "expired":
        throw softlyLoggedOut();
      case "locked":
        throw lockedOut();
      case "unknown":
        throw protocolError("M_UNKNOWN_TOKEN");
    }
  };

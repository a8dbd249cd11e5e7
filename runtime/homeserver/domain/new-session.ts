import type { NewSession, NewTokens } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import type { Random } from "../../ports/random.js";
import { newAccessToken, newSecret, tokenHash } from "../../protocol/tokens.js";
import type { TokenSettings } from "../settings.js";
import { plainLine } from "./plain-line.js";

/** The tokens that a client gets. */
export interface GivenTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds; undefined for a token that does not expire. */
  readonly expiresInMs: number | undefined;
}

/** How a client that has just logged in goes on. */
export interface OpenedSession extends GivenTokens {
  readonly deviceId: string;
}

/** What a client says about the device that it logs in. */
export interface DeviceWishes {
  readonly deviceId: string | undefined;
  readonly initialDeviceDisplayName: string | undefined;
  /** Whether it knows how to refresh: only then do its access tokens expire. */
  readonly refreshable: boolean;
}

/** Makes tokens: what the client gets, and what is kept of it. */
export interface NewSessions {
  /** Throws M_INVALID_PARAM for an id or a name that no store could give back as it was. */
  open(wishes: DeviceWishes): { readonly kept: NewSession; readonly given: OpenedSession };
  tokens(refreshable: boolean): { readonly kept: NewTokens; readonly given: GivenTokens };
}

interface NewSessionPorts {
  readonly random: Random;
  readonly clock: Clock;
  readonly settings: { readonly tokens: TokenSettings };
}

const deviceIdLength = 10;

export const newSessions = ({ random, clock, settings }: NewSessionPorts): NewSessions => {
  const { accessLifetimeMs, refreshLifetimeMs } = settings.tokens;
  const after = (lifetimeMs: number | undefined): number | undefined =>
    lifetimeMs === undefined ? undefined : clock.now() + lifetimeMs;

  const refreshableTokens: () => ReturnType<NewSessions["tokens"]> = () => {
    const accessToken = newAccessToken(random);
    const refreshToken = newAccessToken(random);
    const refresh = { hash: tokenHash(refreshToken), expiresAt: after(refreshLifetimeMs) };
    return {
      kept: { accessHash: tokenHash(accessToken), expiresAt: after(accessLifetimeMs), refresh },
      given: { accessToken, refreshToken, expiresInMs: accessLifetimeMs },
    };
  };

  const lastingTokens: () => ReturnType<NewSessions["tokens"]> = () => {
    const accessToken = newAccessToken(random);
    return {
      kept: { accessHash: tokenHash(accessToken), expiresAt: undefined, refresh: undefined },
      given: { accessToken, refreshToken: undefined, expiresInMs: undefined },
    };
  };

  const tokens = (refreshable: boolean) => (refreshable ? refreshableTokens() : lastingTokens());

  return {
    tokens,
    open({ deviceId: wanted, initialDeviceDisplayName, refreshable }) {
      const displayName = plainLine("initial_device_display_name", initialDeviceDisplayName);
      const deviceId = plainLine("device_id", wanted) ?? newSecret(random, deviceIdLength).toUpperCase();
      const { kept, given } = tokens(refreshable);
      return { kept: { deviceId, displayName, tokens: kept }, given: { ...given, deviceId } };
    },
  };
};

/** Proofs of who a user is, made for third parties (Client-Server API, "OpenID"): they open nothing here. */

import type { Account, AccountStore } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import type { Limiter } from "../../ports/limiter.js";
import type { OpenIdTokens as StoredTokens } from "../../ports/openid-tokens.js";
import type { Random } from "../../ports/random.js";
import { protocolError } from "../../protocol/errors.js";
import { newAccessToken, tokenHash } from "../../protocol/tokens.js";
import { limitTo } from "../../validation/dispatch.js";
import { noGuest } from "./access.js";

export interface OpenIdToken {
  readonly accessToken: string;
  readonly lifeSeconds: number;
}

export interface OpenIdTokens {
  /** @throws ProtocolError M_FORBIDDEN for a token that would be another user's, and for guests. */
  make(account: Account, mxid: string): Promise<OpenIdToken>;
  /** @throws ProtocolError M_UNKNOWN_TOKEN when nobody is proven: by a token that is over, or whose account is. */
  ownerOf(token: string): Promise<string>;
}

interface OpenIdTokensPorts {
  readonly accounts: Pick<AccountStore, "find">;
  readonly openIdTokens: StoredTokens;
  readonly limiter: Limiter;
  readonly random: Random;
  readonly clock: Clock;
}

/** Long enough to walk over to a third party. */
const lifeSeconds = 3_600;

export const openIdTokens = (ports: OpenIdTokensPorts): OpenIdTokens => {
  const { accounts, openIdTokens: stored, limiter, random, clock } = ports;
  return {
    async make(account, mxid) {
      if (mxid !== account.mxid) {
        throw protocolError("M_FORBIDDEN", { error: "A proof of who you are can be made by nobody else." });
      }
      noGuest(account);
      await limitTo(limiter, "openid.mxid", mxid);
      const accessToken = newAccessToken(random);
      await stored.add(tokenHash(accessToken), mxid, clock.now() + lifeSeconds * 1_000);
      return { accessToken, lifeSeconds };
    },

    async ownerOf(token) {
      const mxid = await stored.ownerOf(tokenHash(token), clock.now());
      const account = mxid === undefined ? undefined : await accounts.find(mxid);
      if (account?.state !== "active") {
        throw protocolError("M_UNKNOWN_TOKEN", { error: "This token proves nobody's identity." });
      }
      return account.mxid;
    },
  };
};

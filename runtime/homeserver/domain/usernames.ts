import type { AccountStore } from "../../ports/account-store.js";
import type { Random } from "../../ports/random.js";
import { protocolError } from "../../protocol/errors.js";
import { isNewLocalpart } from "../../protocol/identifiers.js";
import { newSecret } from "../../protocol/tokens.js";
import type { HomeserverSettings } from "../settings.js";
import { anyOf } from "./patterns.js";

export interface Usernames {
  /**
   * The user ID that this name would have. Throws M_INVALID_USERNAME, M_EXCLUSIVE, M_USER_IN_USE. Nothing is
   * reserved: two may be told the same, and one of them registers.
   */
  checkAvailable(username: string): Promise<string>;
  /** A user ID for somebody who named none. */
  invent(): string;
}

interface UsernamePorts {
  readonly accounts: Pick<AccountStore, "find">;
  readonly random: Random;
  readonly settings: HomeserverSettings;
}

const inventedLength = 12;

export const usernames = ({ accounts, random, settings }: UsernamePorts): Usernames => {
  const isExclusive = anyOf(settings.registration.exclusiveNamespaces);
  const mxidOf = (localpart: string): string => `@${localpart}:${settings.serverName}`;
  return {
    async checkAvailable(username) {
      if (!isNewLocalpart(username, settings.serverName)) {
        throw protocolError("M_INVALID_USERNAME", { error: "A user name is made of a-z, 0-9 and . _ = - / +" });
      }
      if (isExclusive(username)) throw protocolError("M_EXCLUSIVE");
      const mxid = mxidOf(username);
      if ((await accounts.find(mxid)) !== undefined) throw protocolError("M_USER_IN_USE");
      return mxid;
    },
    invent() {
      let localpart = newSecret(random, inventedLength).toLowerCase();
      while (isExclusive(localpart)) localpart = newSecret(random, inventedLength).toLowerCase();
      return mxidOf(localpart);
    },
  };
};

/** What an operator does to an identity server's data beside the running server. */

import type { Configuration } from "../config/schema.js";
import { issueAccessToken } from "../identity/access-tokens.js";
import type { PepperState } from "../ports/pepper-rotation.js";
import { newPepper } from "../protocol/lookup-hash.js";
import { sqliteIdentityStorage } from "../storage/sqlite/identity-storage.js";
import { workOffApart } from "../storage/sqlite/pepper-batches.js";
import { openAdministered } from "./administered-database.js";
import { type Surroundings, surroundings } from "./surroundings.js";

export interface Administration {
  /** Makes an access token of version 2 for a user. */
  issueToken(mxid: string): Promise<string>;
  /** The pepper of lookups; makes the first one where there is none. */
  pepper(): Promise<PepperState>;
  /** Moves on to a new pepper, or finishes a rotation that is under way. `told` hears of each step. */
  rotatePepper(told?: (state: PepperState) => void): Promise<PepperState>;
  close(): void;
}

/** @throws Error when the configuration has no identity server, or that server has made no database yet. */
export const administrate = (configuration: Configuration, given: Partial<Surroundings> = {}): Administration => {
  const { identity } = configuration;
  if (identity === undefined) throw new Error("the configuration has no identity server; add its section to it");
  const { clock, random } = surroundings(configuration, given);
  const connection = openAdministered("identity", identity, clock.now());
  const { accessTokens, lookupHashes, pepperRotation } = sqliteIdentityStorage(connection);
  const pepper = async () => {
    await lookupHashes.establish(newPepper(random), clock.now());
    return pepperRotation.state();
  };
  return {
    issueToken: (mxid) => issueAccessToken({ accessTokens, random, clock }, mxid, identity.max_access_tokens),
    pepper,
    rotatePepper: async (told) => {
      await pepper();
      await pepperRotation.begin(newPepper(random), clock.now());
      await workOffApart(connection, clock, new AbortController().signal, told);
      return pepperRotation.state();
    },
    close: connection.close,
  };
};

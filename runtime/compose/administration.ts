/** What an operator does to an identity server's data beside the running server. */

import type { Configuration } from "../config/schema.js";
import { issueAccessToken } from "../identity/access-tokens.js";
import { openKeyring } from "../identity/keyring.js";
import type { StoredSigningKey } from "../ports/signing-keys.js";
import { newSeed, signingKeyOf } from "../protocol/ed25519.js";
import { identityMigrations } from "../storage/migrations/identity.js";
import { sqliteIdentityStorage } from "../storage/sqlite/identity-storage.js";
import { openDatabase } from "./database.js";
import { type Surroundings, surroundings } from "./surroundings.js";

export interface Administration {
  /** Every long-term key, newest first; makes the first one where there is none. */
  keys(): Promise<readonly StoredSigningKey[]>;
  /** Makes a new signing key and retires the one before it, which stays checkable. A running server follows at once. */
  rotateKey(): Promise<StoredSigningKey>;
  /** Makes an access token of version 2 for a user. */
  issueToken(mxid: string): Promise<string>;
  close(): void;
}

/** @throws Error when the configuration has no identity server. */
export const administrate = (configuration: Configuration, given: Partial<Surroundings> = {}): Administration => {
  const { identity } = configuration;
  if (identity === undefined) throw new Error("the configuration has no identity server; add its section to it");
  const { clock, random } = surroundings(configuration, given);
  const connection = openDatabase(identity.database, identityMigrations, clock.now());
  const { signingKeys, accessTokens } = sqliteIdentityStorage(connection);
  const keys = async () => {
    await openKeyring({ signingKeys, random, clock });
    return signingKeys.all();
  };
  return {
    keys,
    rotateKey: async () => {
      const numbers = (await keys()).map(({ keyId }) => Number(/^ed25519:(\d+)$/.exec(keyId)?.[1] ?? -1));
      const keyId = `ed25519:${Math.max(...numbers) + 1}`;
      const seed = newSeed(random);
      const { publicKey } = signingKeyOf(keyId, seed);
      const key = { keyId, seed, publicKey, createdAt: clock.now(), retiredAt: undefined };
      await signingKeys.rotate(key);
      return key;
    },
    issueToken: (mxid) => issueAccessToken({ accessTokens, random, clock }, mxid, identity.max_access_tokens),
    close: connection.close,
  };
};

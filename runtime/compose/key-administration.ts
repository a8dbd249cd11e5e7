/** What an operator does to a server's signing keys beside the running server. */

import type { Configuration } from "../config/schema.js";
import type { StoredSigningKey } from "../ports/signing-keys.js";
import { newSeed, signingKeyOf } from "../protocol/ed25519.js";
import { openKeyring } from "../signing/keyring.js";
import { sqliteSigningKeys } from "../storage/sqlite/signing-keys.js";
import { type DatabaseOwner, openAdministered } from "./administered-database.js";
import { type Surroundings, surroundings } from "./surroundings.js";

export type KeyOwner = DatabaseOwner;

export interface KeyAdministration {
  /** Every long-term key, newest first; makes the first one where there is none. */
  keys(): Promise<readonly StoredSigningKey[]>;
  /** Makes a new signing key and retires the one before it, which stays checkable. A running server follows at once. */
  rotate(): Promise<StoredSigningKey>;
  close(): void;
}

/**
 * Opens the keys of a server: of the one that is named, else of the identity server, else of the homeserver.
 *
 * @throws Error when the configuration has no such server, or that server has made no database yet.
 */
export const administrateKeys = (
  configuration: Configuration,
  named?: KeyOwner,
  given: Partial<Surroundings> = {},
): KeyAdministration => {
  const owner = named ?? (configuration.identity === undefined ? "homeserver" : "identity");
  const options = configuration[owner];
  if (options === undefined) throw new Error(`the configuration has no section "${owner}"; add it, or name the other`);
  const { clock, random } = surroundings(configuration, given);
  const connection = openAdministered(owner, options, clock.now());
  const signingKeys = sqliteSigningKeys(connection);
  const keys = async () => {
    await openKeyring({ signingKeys, random, clock });
    return signingKeys.all();
  };
  return {
    keys,
    rotate: async () => {
      const numbers = (await keys()).map(({ keyId }) => Number(/^ed25519:(\d+)$/.exec(keyId)?.[1] ?? -1));
      const keyId = `ed25519:${Math.max(...numbers) + 1}`;
      const seed = newSeed(random);
      const { publicKey } = signingKeyOf(keyId, seed);
      const key = { keyId, seed, publicKey, createdAt: clock.now(), retiredAt: undefined };
      await signingKeys.rotate(key);
      return key;
    },
    close: connection.close,
  };
};

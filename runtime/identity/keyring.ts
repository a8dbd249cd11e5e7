/** The identity server's long-term keys in memory: one signs, all that were ever listed stay checkable. */

import type { Clock } from "../ports/clock.js";
import type { Random } from "../ports/random.js";
import type { SigningKeys, StoredSigningKey } from "../ports/signing-keys.js";
import { newSeed, type SigningKey, signingKeyOf } from "../protocol/ed25519.js";
import { decodeBase64, encodeBase64 } from "../protocol/unpadded-base64.js";

export interface Keyring {
  readonly signingKey: SigningKey;
  /** The public key under this id, retired ones included: what they signed is still in circulation. */
  publicKey(keyId: string): string | undefined;
  /** Whether this is a key of ours, in either alphabet, padded or not. */
  holds(publicKey: string): boolean;
}

const keyringOf = (current: StoredSigningKey, all: readonly StoredSigningKey[]): Keyring => {
  const byId = new Map(all.map((key) => [key.keyId, key.publicKey]));
  const known = new Set(byId.values());
  return {
    signingKey: signingKeyOf(current.keyId, current.seed),
    publicKey: (keyId) => byId.get(keyId),
    holds(publicKey) {
      // A plus sign that nobody escaped arrives in a query as a space.
      const bytes = decodeBase64(publicKey.replaceAll(" ", "+"));
      return bytes !== undefined && known.has(encodeBase64(bytes));
    },
  };
};

/** The id of the key that is made at the first start. */
const firstKeyId = "ed25519:0";

/** Reads the keys, after making the first one where there is none. */
export const openKeyring = async (ports: {
  readonly signingKeys: SigningKeys;
  readonly random: Random;
  readonly clock: Clock;
}): Promise<Keyring> => {
  const seed = newSeed(ports.random);
  const { publicKey } = signingKeyOf(firstKeyId, seed);
  const candidate = { keyId: firstKeyId, seed, publicKey, createdAt: ports.clock.now(), retiredAt: undefined };
  const current = await ports.signingKeys.currentOr(candidate);
  return keyringOf(current, await ports.signingKeys.all());
};

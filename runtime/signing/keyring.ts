/**
 * A server's long-term keys in memory: one signs, all that were ever listed stay checkable. Another process
 * may rotate them (`threepid keys rotate`, another instance), so whoever signs asks the storage which one is in use.
 */

import type { Clock } from "../ports/clock.js";
import type { Random } from "../ports/random.js";
import type { SigningKeys, StoredSigningKey } from "../ports/signing-keys.js";
import { newSeed, type SigningKey, signingKeyOf } from "../protocol/ed25519.js";
import { decodeBase64, encodeBase64 } from "../protocol/unpadded-base64.js";

export interface Keyring {
  /** The key that signed when the keys were read last; see {@link current}. */
  readonly signingKey: SigningKey;
  /** The key that signs now, read anew: nothing is signed with a key that was retired before. */
  current(): Promise<SigningKey>;
  /** The public key under this id, retired ones included: what they signed is still in circulation. */
  publicKey(keyId: string): string | undefined | Promise<string | undefined>;
  /** Whether this is a key of ours, in either alphabet, padded or not. A key that is not known is looked for once more. */
  holds(publicKey: string): boolean | Promise<boolean>;
}

/** All keys as they were read at one time. */
interface Snapshot {
  readonly signingKey: SigningKey;
  readonly byId: ReadonlyMap<string, string>;
  readonly known: ReadonlySet<string>;
}

const snapshotOf = (current: StoredSigningKey, all: readonly StoredSigningKey[]): Snapshot => {
  const byId = new Map(all.map((key) => [key.keyId, key.publicKey]));
  return { signingKey: signingKeyOf(current.keyId, current.seed), byId, known: new Set(byId.values()) };
};

const isSame = ({ signingKey, byId }: Snapshot, current: StoredSigningKey, all: readonly StoredSigningKey[]): boolean =>
  signingKey.keyId === current.keyId && byId.size === all.length;

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
  const first = await ports.signingKeys.currentOr(candidate);
  let read = snapshotOf(first, await ports.signingKeys.all());

  const current = async (): Promise<SigningKey> => {
    const all = await ports.signingKeys.all();
    const [newest] = all;
    // Keys are only ever added: the same number of them, and the same one in use, is the same.
    if (newest !== undefined && !isSame(read, newest, all)) read = snapshotOf(newest, all);
    return read.signingKey;
  };

  return {
    get signingKey() {
      return read.signingKey;
    },
    current,
    publicKey: (keyId) => read.byId.get(keyId) ?? current().then(() => read.byId.get(keyId)),
    holds(publicKey) {
      // A plus sign that nobody escaped arrives in a query as a space.
      const bytes = decodeBase64(publicKey.replaceAll(" ", "+"));
      if (bytes === undefined) return false;
      const spelled = encodeBase64(bytes);
      return read.known.has(spelled) || current().then(() => read.known.has(spelled));
    },
  };
};

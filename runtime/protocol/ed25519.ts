/** Ed25519 keys and signatures (appendices, "Signing JSON"). */

import type { KeyObject } from "node:crypto";
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import type { RandomSource } from "./tokens.js";
import { decodeBase64, encodeBase64 } from "./unpadded-base64.js";

/** A key that signs under a name. */
export interface SigningKey {
  /** `ed25519:` and a version. */
  readonly keyId: string;
  /** Unpadded standard base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export const seedLength = 32;
const publicKeyLength = 32;
const signatureLength = 64;

/** DER of a PKCS #8 private key, up to the seed: node takes no bare seed. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");
/** DER of a SubjectPublicKeyInfo, up to the key. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** The private key of a 32-byte seed. Throws a RangeError for any other length. */
export const privateKeyOf = (seed: Uint8Array): KeyObject => {
  if (seed.length !== seedLength) throw new RangeError(`an ed25519 seed has 32 bytes, not ${seed.length}`);
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
};

/** The 32 bytes of the public key that belongs to a private one. */
export const publicBytesOf = (privateKey: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(spkiPrefix.length));

/** A named key of a seed. */
export const signingKeyOf = (keyId: string, seed: Uint8Array): SigningKey => {
  const privateKey = privateKeyOf(seed);
  return { keyId, publicKey: encodeBase64(publicBytesOf(privateKey)), privateKey };
};

/** A new seed from the system's generator. */
export const newSeed = (random: RandomSource): Uint8Array => new Uint8Array(random.bytes(seedLength));

export const signBytes = (privateKey: KeyObject, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, message, privateKey));

/** Building a key object costs more than checking with it, and the same few keys come again and again. */
const publicKeys = new Map<string, KeyObject>();
const cachedPublicKeys = 1000;

const publicKeyObject = (base64: string): KeyObject | undefined => {
  const known = publicKeys.get(base64);
  if (known !== undefined) return known;
  const bytes = decodeBase64(base64);
  if (bytes?.length !== publicKeyLength) return undefined;
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, bytes]), format: "der", type: "spki" });
  const oldest = publicKeys.size >= cachedPublicKeys ? publicKeys.keys().next() : undefined;
  if (oldest?.done === false) publicKeys.delete(oldest.value);
  publicKeys.set(base64, key);
  return key;
};

/** Whether a base64 signature over a message is of the base64 key's owner. Malformed keys and signatures are not. */
export const verifyBytes = (publicKey: string, message: Uint8Array, signature: string): boolean => {
  const bytes = decodeBase64(signature);
  if (bytes?.length !== signatureLength) return false;
  const key = publicKeyObject(publicKey);
  return key !== undefined && verify(null, message, key, bytes);
};

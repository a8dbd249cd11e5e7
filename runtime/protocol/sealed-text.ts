/** Text that is kept for whoever shows a secret again, and says nothing to anybody who reads what is kept. */

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { RandomSource } from "./tokens.js";
import { decodeBase64, encodeBase64 } from "./unpadded-base64.js";

const algorithm = "aes-256-gcm";
const saltLength = 16;
const tagLength = 16;
const keyLength = 32;
const nonceLength = 12;

/** A new salt makes a new key, so that the nonce, which comes of it as well, never meets the same one twice. */
const keyOf = (secret: string, salt: Uint8Array) => {
  const derived = Buffer.from(hkdfSync("sha256", secret, salt, "threepid sealed text", keyLength + nonceLength));
  return [derived.subarray(0, keyLength), derived.subarray(keyLength)] as const;
};

/** Salt, tag and ciphertext, in base64. */
export const sealText = (random: RandomSource, text: string, secret: string): string => {
  const salt = random.bytes(saltLength);
  const cipher = createCipheriv(algorithm, ...keyOf(secret, salt), { authTagLength: tagLength });
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return encodeBase64(Buffer.concat([salt, cipher.getAuthTag(), encrypted]));
};

/** Undefined for another secret, and for what was not sealed. */
export const openSealedText = (sealed: string, secret: string): string | undefined => {
  const bytes = decodeBase64(sealed);
  if (bytes === undefined || bytes.length < saltLength + tagLength) return undefined;
  const tag = bytes.subarray(saltLength, saltLength + tagLength);
  const key = keyOf(secret, bytes.subarray(0, saltLength));
  const decipher = createDecipheriv(algorithm, ...key, { authTagLength: tagLength }).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(saltLength + tagLength)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
};

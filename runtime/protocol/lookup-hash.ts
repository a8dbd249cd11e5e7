/** How addresses are compared without being named (Identity Service API, "Hash details" and "Lookup"). */

import { hash } from "node:crypto";
import type { Threepid } from "./threepid.js";
import { newSecret, type RandomSource } from "./tokens.js";

/** URL-safe unpadded base64 of SHA-256 over `address medium pepper`. The address must be canonical. */
export const lookupHash = (threepid: Threepid, pepper: string): string =>
  hash("sha256", hashedText(threepid, pepper), "base64url");

/** The same as its 32 bytes, which is how it is stored. */
export const lookupDigest = (threepid: Threepid, pepper: string): Uint8Array =>
  hash("sha256", hashedText(threepid, pepper), "buffer");

const hashedText = ({ address, medium }: Threepid, pepper: string): string => `${address} ${medium} ${pepper}`;

/** The spelling of algorithm `none`: `address medium`. */
export const plainLookup = ({ address, medium }: Threepid): string => `${address} ${medium}`;

/** What stands for an address that is asked for by its plain spelling: the SHA-256 of that. */
export const plainDigest = (threepid: Threepid): Uint8Array => hash("sha256", plainLookup(threepid), "buffer");

/** The last of 43 characters has two bits more than 32 bytes: they are 0 in the one spelling that counts. */
const hashShape = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Whether it is a hash as clients write it, and not a second spelling of the same bytes. */
export const isLookupHash = (text: string): boolean => hashShape.test(text);

/**
 * The 32 bytes of each hash as clients write it. They are decoded as one text, which costs a fourth: with a character more
 * each of them is 44 characters, and these are 33 bytes.
 */
export const lookupHashBytes = (texts: readonly string[]): readonly Uint8Array[] => {
  const { buffer, byteOffset } = Buffer.from(texts.join("A"), "base64url");
  return texts.map((_, i) => new Uint8Array(buffer, byteOffset + i * 33, 32));
};

const pepperLength = 32;

/** A pepper nobody has used before: 32 alphanumerics. It is public; what it spoils is tables made in advance. */
export const newPepper = (random: RandomSource): string => newSecret(random, pepperLength);

/** Everything that must not be guessed: session ids, validation tokens, access tokens. */

import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** Yields unpredictable bytes. */
export interface RandomSource {
  bytes(size: number): Uint8Array;
}

/** The operating system's generator. */
export const systemRandom: RandomSource = { bytes: (size) => randomBytes(size) };

const digits = "0123456789";
const alphanumerics = `${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`;

/** `length` characters of the alphabet, each equally likely: bytes that would favour some are thrown away. */
const randomText = (random: RandomSource, alphabet: string, length: number): string => {
  const fair = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of random.bytes(length - text.length + 8)) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
};

/** A session id: 24 alphanumerics, about 142 bits. */
export const newSid = (random: RandomSource): string => randomText(random, alphanumerics, 24);

/** What a mailed link proves possession with: 32 alphanumerics, about 190 bits. */
export const newLinkToken = (random: RandomSource): string => randomText(random, alphanumerics, 32);

/** What a person types: six digits. Guessing is limited by counting tries. */
export const newCode = (random: RandomSource): string => randomText(random, digits, 6);

/** An access token: 43 alphanumerics, 256 bits. */
export const newAccessToken = (random: RandomSource): string => randomText(random, alphanumerics, 43);

/** A client_secret for sessions that this server itself opens elsewhere, or an id for whatever needs one. */
export const newSecret = (random: RandomSource, length = 32): string => randomText(random, alphanumerics, length);

/** How tokens are stored: their SHA-256 in lower-case hexadecimal, so that a stolen database opens nothing. */
export const tokenHash = (token: string): string => hash("sha256", token, "hex");

/** Equality that takes the same time wherever two secrets differ, and whatever their lengths. */
export const sameSecret = (given: string, wanted: string): boolean =>
  timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", wanted, "buffer"));

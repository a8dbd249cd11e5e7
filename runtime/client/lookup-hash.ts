/** How addresses are written in a lookup, where there is nothing but what the web has (Identity Service API, "Lookup"). */

import type { CanonicalContact } from "./canonical-contact.js";

const encoder = new TextEncoder();

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** `sha256`: URL-safe unpadded base64 of SHA-256 over `address medium pepper`. */
export const hashed = async ({ address, medium }: CanonicalContact, pepper: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(`${address} ${medium} ${pepper}`));
  return base64Url(new Uint8Array(digest));
};

/** `none`: `address medium`. */
export const plain = ({ address, medium }: CanonicalContact): string => `${address} ${medium}`;

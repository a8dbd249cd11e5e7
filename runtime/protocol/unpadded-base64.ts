/** Unpadded base64 (appendices, "Unpadded Base64"), in the standard and in the URL-safe alphabet. */

export const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64").replace(/=+$/, "");

export const encodeBase64Url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");

/**
 * Reads base64 in either alphabet, padded or not; undefined for anything else: characters outside the alphabet, both
 * alphabets at once, a length no bytes have, or bits that stand for nothing.
 */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  const bare = text.endsWith("=") ? unpad(text) : text;
  if (bare === undefined || bare.length % 4 === 1) return undefined;
  if (!/^[A-Za-z0-9+/]*$/.test(bare) && !/^[A-Za-z0-9_-]*$/.test(bare)) return undefined;
  const bytes = Buffer.from(bare, "base64");
  const standard = bare.replace(/-/g, "+").replace(/_/g, "/");
  return encodeBase64(bytes) === standard ? new Uint8Array(bytes) : undefined;
};

const unpad = (text: string): string | undefined => {
  if (text.length % 4 !== 0) return undefined;
  return text.endsWith("==") ? text.slice(0, -2) : text.slice(0, -1);
};

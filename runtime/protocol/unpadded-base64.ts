/** Unpadded base64 (appendices, "Unpadded Base64"), in the standard and in the URL-safe alphabet. */

export const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64").replace(/=+$/, "");

export const encodeBase64Url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");

/**
 * Reads base64 in either alphabet, padded or not; undefined for anything else: characters outside the alphabet, both
 * alphabets at once, a length that no bytes have. Bits left over at the end may be anything: published keys have some.
 */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  const bare = text.endsWith("=") ? unpad(text) : text;
  if (bare === undefined || bare.length % 4 === 1) return undefined;
  if (!/^[A-Za-z0-9+/]*$/.test(bare) && !/^[A-Za-z0-9_-]*$/.test(bare)) return undefined;
  return new Uint8Array(Buffer.from(bare, "base64"));
};

const unpad = (text: string): string | undefined => {
  if (text.length % 4 !== 0) return undefined;
  return text.endsWith("==") ? text.slice(0, -2) : text.slice(0, -1);
};

/** Bytes of a hash as numbers, which is how tables in memory hold and place them. */

/** Four bytes as a number from 0 to 2^32 - 1; what lies beyond the end is 0. */
export const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;

/** Where to look for two words, mixed with a secret before: those that are nearly alike lie far apart. */
export const scattered = (first: number, second: number): number => {
  const mixed = Math.imul(first, 0x9e37_79b1) ^ Math.imul(second, 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};

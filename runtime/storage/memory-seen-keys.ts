/**
 * What was asked for, in this process's memory alone: counters of limits stand there, too, and who looked for whom is
 * nothing to write to a disk.
 *
 * One table of fixed size holds 64 bits of each key, mixed with a secret of its requester. A key may stand in the few
 * places of its bucket; where they are taken it takes the place of another, which then counts as new once more. So
 * memory and time are bounded whatever is asked, and nobody can tell which keys meet in a bucket.
 */

import { hash } from "node:crypto";
import type { Random } from "../ports/random.js";
import type { SeenKeys } from "../ports/seen-keys.js";
import { scattered, word } from "./words.js";

const placesOfBucket = 8;

/** @param capacity how many keys are remembered at most */
export const memorySeenKeys = (random: Random, capacity: number): SeenKeys => {
  const buckets = Math.max(1, Math.ceil(capacity / placesOfBucket));
  // Two halves for each place; both 0 where nothing stands.
  const table = new Uint32Array(buckets * placesOfBucket * 2);
  const secret = Buffer.from(random.bytes(32));

  const pads = new Map<string, Uint8Array>();
  const padOf = (requester: string): Uint8Array => {
    const known = pads.get(requester);
    if (known !== undefined) return known;
    if (pads.size >= maxPads) pads.clear();
    const pad = hash("sha256", Buffer.concat([secret, Buffer.from(requester)]), "buffer");
    pads.set(requester, pad);
    return pad;
  };

  /** Where the key stands, or its first half's place in the bucket where it would; the halves are left in `low` and `high`. */
  let low = 0;
  let high = 0;
  let bucket = 0;
  const locate = (pad: Uint8Array, key: Uint8Array): boolean => {
    low = word(key, 0) ^ word(pad, 0);
    high = word(key, 4) ^ word(pad, 4);
    // Of the pad's other bytes, so that keys alike in these bits are spread differently for each requester.
    const scattering = scattered(low ^ word(pad, 8), high ^ word(pad, 12));
    low >>>= 0;
    high = (high | 1) >>> 0;
    bucket = (scattering % buckets) * placesOfBucket * 2;
    for (let at = bucket; at < bucket + placesOfBucket * 2; at += 2) {
      if (table[at] === low && table[at + 1] === high) return true;
    }
    return false;
  };

  const put = (): void => {
    let at = bucket;
    const end = bucket + placesOfBucket * 2;
    while (at < end && table[at + 1] !== 0) at += 2;
    if (at === end) at = bucket + (low % placesOfBucket) * 2;
    table[at] = low;
    table[at + 1] = high;
  };

  return {
    unseen: (requester, keys) => {
      const pad = padOf(requester);
      return keys.filter((key) => !locate(pad, key));
    },
    remember: (requester, keys) => {
      const pad = padOf(requester);
      for (const key of keys) if (!locate(pad, key)) put();
    },
  };
};

/** Computing one again costs no more than hashing a line of text. */
const maxPads = 10_000;

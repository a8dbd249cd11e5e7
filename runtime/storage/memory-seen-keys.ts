/**
 * What was asked for, in this process's memory alone: counters of limits stand there, too, and who looked for whom is
 * nothing to write to a disk.
 *
 * One table of fixed size holds 32 bits for each key, made of its first 64 and a secret of its requester. A key may stand
 * in the few places of its bucket; where they are taken it takes the place of another, which then counts as new once more.
 * About one of 500 million new keys is taken for one that was seen. So memory and time are bounded whatever is asked, and
 * nobody can tell which keys meet in a bucket.
 */

import { hash } from "node:crypto";
import type { Random } from "../ports/random.js";
import type { SeenKeys } from "../ports/seen-keys.js";
import { scattered, word } from "./words.js";

const placesOfBucket = 8;
const largestPrint = 0xffff_ffff;

/** @param capacity how many keys are remembered at most */
export const memorySeenKeys = (random: Random, capacity: number): SeenKeys => {
  const buckets = Math.max(1, Math.ceil(capacity / placesOfBucket));
  // 0 where nothing stands.
  const table = new Uint32Array(buckets * placesOfBucket);
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

  const bucketOf = (pad: Uint8Array, key: Uint8Array): number =>
    (scattered(word(key, 0) ^ word(pad, 0), word(key, 4) ^ word(pad, 4)) % buckets) * placesOfBucket;

  /** What stands for the key in its bucket; never 0. */
  const printOf = (pad: Uint8Array, key: Uint8Array): number =>
    (scattered(word(key, 0) ^ word(pad, 8), word(key, 4) ^ word(pad, 12)) % largestPrint) + 1;

  const stands = (print: number, bucket: number): boolean => {
    for (let at = bucket; at < bucket + placesOfBucket; at++) if (table[at] === print) return true;
    return false;
  };

  const put = (print: number, bucket: number): void => {
    let at = bucket;
    const end = bucket + placesOfBucket;
    while (at < end && table[at] !== 0) at++;
    table[at === end ? bucket + (print % placesOfBucket) : at] = print;
  };

  return {
    unseen: (requester, keys) => {
      const pad = padOf(requester);
      const inBucket = keys.map((key) => bucketOf(pad, key));
      // All buckets are looked into at once, before it is decided on any: memory answers many in the time of one.
      const first = new Uint32Array(keys.length);
      for (const [i, bucket] of inBucket.entries()) first[i] = table[bucket] ?? 0;
      return keys.filter((key, i) => {
        const print = printOf(pad, key);
        return first[i] !== print && !stands(print, inBucket[i] ?? 0);
      });
    },
    remember: (requester, keys) => {
      const pad = padOf(requester);
      for (const key of keys) {
        const [print, bucket] = [printOf(pad, key), bucketOf(pad, key)];
        if (!stands(print, bucket)) put(print, bucket);
      }
    },
  };
};

/** Computing one again costs no more than hashing a line of text. */
const maxPads = 10_000;

/**
 * Who has which hash, in memory. A lookup costs nearly the same whatever the number of users, and what is held is no
 * concern of the engine's collector: numbers and bytes outside of its heap, about 60 bytes for a user.
 *
 * It is made for a number of users, and takes some more; when it is full, whoever fills it makes a wider one. Of a hash
 * 12 bytes are told apart: whoever wants to be found under the hash of somebody's address would have to try about 2^76
 * addresses with a million users, and to validate the one that matches.
 */

import type { Random } from "../ports/random.js";
import { bytePages } from "./byte-pages.js";
import { scattered, word } from "./words.js";

export interface LookupTable {
  /**
   * In the order asked, the mxid of who has the hash (at least 12 bytes); undefined where nobody has. What is doubted is
   * asked for elsewhere, and not doubted any more.
   */
  find(
    hashes: readonly Uint8Array[],
    elsewhere: (hash: Uint8Array) => string | undefined,
  ): readonly (string | undefined)[];
  /** False when it is full, and knows nothing of the hash. */
  set(hash: Uint8Array, mxid: string | undefined): boolean;
  /** What it says of the hash may not hold any more. False when it is full, and cannot doubt it. */
  doubt(hash: Uint8Array): boolean;
  size(): LookupTableSize;
}

export interface LookupTableSize {
  /** The memory it takes. */
  readonly bytes: number;
  /** How much of that is taken by mxids that were replaced. */
  readonly wasted: number;
  /** How many hashes it says something of. */
  readonly hashes: number;
}

/** Four words a place: three of the hash, and where its mxid is. */
const stride = 4;
/** What stands instead of where an mxid is. */
const free = 0;
const nobody = 1;
const inDoubt = 2;

/** How many of its places are taken by those it is made for, and at most: the fuller, the longer the way to a free one. */
const fullnessAtFirst = 0.5;
const fullness = 0.7;

/** @param room how many hashes it is made for, at least 1 */
export const lookupTable = (random: Random, room: number): LookupTable => {
  // Nobody can afford to choose addresses that meet in one place.
  const secret = random.bytes(8);
  const seeds = [word(secret, 0), word(secret, 4)] as const;
  const names = bytePages(inDoubt + 1);
  const places = Math.ceil(room / fullnessAtFirst);
  const words = new Uint32Array(places * stride);
  let taken = 0;

  const valueAt = (place: number): number => words[place + 3] ?? free;

  const beginOf = (hash: Uint8Array): number =>
    Math.floor((scattered(word(hash, 0) ^ seeds[0], word(hash, 4) ^ seeds[1]) / 2 ** 32) * places) * stride;

  /** The place of the hash, or the free one where it belongs, on the way that begins there. */
  const placeOf = (hash: Uint8Array, begin = beginOf(hash)): number => {
    const first = word(hash, 0);
    const second = word(hash, 4);
    const third = word(hash, 8);
    let place = begin;
    while (valueAt(place) !== free) {
      if (words[place] === first && words[place + 1] === second && words[place + 2] === third) break;
      place += stride;
      if (place === words.length) place = 0;
    }
    return place;
  };

  // Memory answers many in the time of one where all are asked before the first answer decides what to ask next. So a step
  // is taken for all of them, and then the next.
  const valuesOf = (hashes: readonly Uint8Array[]): Uint32Array => {
    const begins = hashes.map(beginOf);
    const values = new Uint32Array(hashes.length);
    for (const [i, begin] of begins.entries()) values[i] = valueAt(begin);
    for (const [i, hash] of hashes.entries()) if (values[i] !== free) values[i] = valueAt(placeOf(hash, begins[i]));
    return values;
  };

  const put = (hash: Uint8Array, value: number): boolean => {
    const place = placeOf(hash);
    const before = valueAt(place);
    if (before === free) {
      if (taken + 1 > places * fullness) return false;
      taken += 1;
    } else if (before > inDoubt) {
      names.giveUp(before);
    }
    words.set([word(hash, 0), word(hash, 4), word(hash, 8), value], place);
    return true;
  };

  const set = (hash: Uint8Array, mxid: string | undefined): boolean =>
    put(hash, mxid === undefined ? nobody : (names.add(mxid) ?? inDoubt));

  return {
    find: (hashes, elsewhere) => {
      const values = valuesOf(hashes);
      const mxids = names.read(values.filter((value) => value > inDoubt));
      let next = 0;
      return hashes.map((hash, i) => {
        const value = values[i] ?? free;
        if (value > inDoubt) return mxids[next++];
        if (value !== inDoubt) return undefined;
        const mxid = elsewhere(hash);
        set(hash, mxid);
        return mxid;
      });
    },
    set,
    doubt: (hash) => put(hash, inDoubt),
    size: () => {
      const { bytes, wasted } = names.size();
      return { bytes: words.byteLength + bytes, wasted, hashes: taken };
    },
  };
};

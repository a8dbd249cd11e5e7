/**
 * Who has which hash, in memory. A lookup costs the same whatever the number of users, and what is held is no concern of
 * the engine's collector: numbers and bytes outside of its heap, about 60 bytes for a user.
 *
 * Hashes lie on 256 shelves by their first byte. A shelf that is full is laid out anew at twice its size, by itself, so
 * that of a million nobody waits for all. Of a hash 13 bytes are told apart: whoever wants to be found under the hash of
 * somebody's address would have to try about 2^84 addresses with a million users, and to validate the one that matches.
 */

import type { Random } from "../ports/random.js";
import { bytePages } from "./byte-pages.js";
import { scattered, word } from "./words.js";

/** What was said of a hash may not hold any more: whoever wants to know has to ask elsewhere. */
export const doubted = Symbol("doubted");

export interface LookupTable {
  /** The mxid of who has the hash (at least 13 bytes); undefined when nobody has. */
  find(hash: Uint8Array): string | undefined | typeof doubted;
  set(hash: Uint8Array, mxid: string | undefined): void;
  /** Until it is set again. */
  doubt(hash: Uint8Array): void;
  clear(): void;
  /** The memory it takes (bytes), and how much of that is taken by mxids that were replaced. */
  size(): { readonly bytes: number; readonly wasted: number };
}

/** Four words a place: three of the hash, and where its mxid is. */
const stride = 4;
/** What stands instead of where an mxid is. */
const free = 0;
const nobody = 1;
const inDoubt = 2;

const shelfCount = 256;
const placesAtFirst = 16;
/** How many of a shelf's places are taken at most. */
const fullness = 0.7;

interface Shelf {
  /** A power of two times the stride. */
  words: Uint32Array;
  taken: number;
}

const emptyShelf = (): Shelf => ({ words: new Uint32Array(placesAtFirst * stride), taken: 0 });

export const lookupTable = (random: Random): LookupTable => {
  // Nobody can afford to choose addresses that meet in one place.
  const secret = random.bytes(8);
  const seeds = [word(secret, 0), word(secret, 4)] as const;
  const names = bytePages(inDoubt + 1);
  let shelves = Array.from({ length: shelfCount }, emptyShelf);

  const begin = (first: number, second: number, words: Uint32Array): number =>
    (scattered(first ^ seeds[0], second ^ seeds[1]) * stride) & (words.length - 1);

  // What `locate` has found: the hash's words, its shelf, and its place there, or the free one where it belongs.
  let first = 0;
  let second = 0;
  let third = 0;
  let shelf = emptyShelf();
  let place = 0;
  const locate = (hash: Uint8Array): void => {
    first = word(hash, 1);
    second = word(hash, 5);
    third = word(hash, 9);
    shelf = shelves[hash[0] ?? 0] ?? shelf;
    const { words } = shelf;
    place = begin(first, second, words);
    while (words[place + 3] !== free) {
      if (words[place] === first && words[place + 1] === second && words[place + 2] === third) return;
      place = (place + stride) & (words.length - 1);
    }
  };

  const layOutAnew = (): void => {
    const { words } = shelf;
    const wider = new Uint32Array(words.length * 2);
    for (let from = 0; from < words.length; from += stride) {
      if (words[from + 3] === free) continue;
      let to = begin(words[from] ?? 0, words[from + 1] ?? 0, wider);
      while (wider[to + 3] !== free) to = (to + stride) & (wider.length - 1);
      wider.set(words.subarray(from, from + stride), to);
    }
    shelf.words = wider;
  };

  const put = (hash: Uint8Array, value: number): void => {
    locate(hash);
    const before = shelf.words[place + 3] ?? free;
    if (before === free) {
      if ((shelf.taken + 1) * stride > shelf.words.length * fullness) {
        layOutAnew();
        locate(hash);
      }
      shelf.taken += 1;
    } else if (before > inDoubt) {
      names.giveUp(before);
    }
    shelf.words.set([first, second, third, value], place);
  };

  return {
    find: (hash) => {
      locate(hash);
      const value = shelf.words[place + 3] ?? free;
      if (value > inDoubt) return names.read(value);
      return value === inDoubt ? doubted : undefined;
    },
    set: (hash, mxid) => put(hash, mxid === undefined ? nobody : (names.add(mxid) ?? inDoubt)),
    doubt: (hash) => put(hash, inDoubt),
    clear: () => {
      shelves = Array.from({ length: shelfCount }, emptyShelf);
      names.clear();
    },
    size: () => ({
      bytes: shelves.reduce((sum, { words }) => sum + words.byteLength, names.size().bytes),
      wasted: names.size().wasted,
    }),
  };
};

/**
 * Many short texts outside the engine's heap: one after the other, each behind a byte that tells its length. What is given
 * up stays as long as the rest does.
 */

export interface BytePages {
  /** Where it lies from now on, a number below 2^32; undefined when it is too long, or nothing more can be kept. */
  add(text: string): number | undefined;
  /** The texts at these places, in the order asked. */
  read(places: Uint32Array): readonly string[];
  /** Nobody will read it any more. */
  giveUp(at: number): void;
  size(): { readonly bytes: number; readonly wasted: number };
}

/** @param first the least number that `add` answers: those below it are its user's to give a meaning to */
export const bytePages = (first: number): BytePages => {
  const pages: Buffer[] = [];
  let next = first;
  let wasted = 0;
  // Texts that are read together, one behind the other.
  let line = Buffer.alloc(longestText);

  const lengthOf = (at: number): number => pages[at >>> pageBits]?.[at & withinPage] ?? 0;

  const lineOf = (bytes: number): Buffer => {
    if (line.length < bytes) line = Buffer.alloc(bytes);
    return line;
  };

  /** Answers whether all of its bytes are of ASCII. */
  const copy = (at: number, length: number, to: Buffer, begin: number): boolean => {
    const page = pages[at >>> pageBits] ?? to;
    const from = (at & withinPage) + 1;
    let all = 0;
    for (let i = 0; i < length; i++) {
      const byte = page[from + i] ?? 0;
      to[begin + i] = byte;
      all |= byte;
    }
    return all < 0x80;
  };

  return {
    add: (text) => {
      const length = Buffer.byteLength(text);
      if (length > longestText) return undefined;
      if ((next & withinPage) + 1 + length > pageBytes) next = pages.length * pageBytes;
      if (next + pageBytes > largestNumber) return undefined;
      if (next >>> pageBits === pages.length) pages.push(Buffer.alloc(pageBytes));
      const at = next;
      const page = pages[at >>> pageBits];
      page?.writeUInt8(length, at & withinPage);
      page?.write(text, (at & withinPage) + 1, "utf8");
      next += 1 + length;
      return at;
    },
    // A thousand calls that make a text of bytes each cost more than copying the bytes, and cutting one text into pieces.
    // All lengths are read first: the memory they lie in answers together then, and not one after the other.
    read: (places) => {
      let bytes = 0;
      for (const at of places) bytes += lengthOf(at);
      const all = lineOf(bytes);
      let isAscii = true;
      let end = 0;
      const ends: number[] = [];
      for (const at of places) {
        const length = lengthOf(at);
        isAscii = copy(at, length, all, end) && isAscii;
        end += length;
        ends.push(end);
      }
      const text = isAscii ? all.toString("latin1", 0, end) : "";
      return ends.map((to, i) => {
        const from = ends[i - 1] ?? 0;
        return isAscii ? text.slice(from, to) : all.toString("utf8", from, to);
      });
    },
    giveUp: (at) => {
      wasted += 1 + lengthOf(at);
    },
    size: () => ({ bytes: next, wasted }),
  };
};

/** Few pages are many texts', so that where they lie is in the processor's cache. What nobody has written takes no memory. */
const pageBits = 20;
const pageBytes = 1 << pageBits;
const withinPage = pageBytes - 1;
const longestText = 255;
const largestNumber = 2 ** 32;

/**
 * Many short texts outside the engine's heap: one after the other, each behind a byte that tells its length. What is given
 * up stays until all is cleared.
 */

export interface BytePages {
  /** Where it lies from now on, a number below 2^32; undefined when it is too long, or nothing more can be kept. */
  add(text: string): number | undefined;
  read(at: number): string;
  /** Nobody will read it any more. */
  giveUp(at: number): void;
  clear(): void;
  size(): { readonly bytes: number; readonly wasted: number };
}

/** @param first the least number that `add` answers: those below it are its user's to give a meaning to */
export const bytePages = (first: number): BytePages => {
  let pages: Buffer[] = [];
  let next = 0;
  let wasted = 0;
  const pageAt = (at: number): Buffer | undefined => pages[Math.floor(at / pageBytes)];

  const clear = (): void => {
    pages = [];
    next = first;
    wasted = 0;
  };
  clear();
  return {
    add: (text) => {
      const length = Buffer.byteLength(text);
      if (length > longestText) return undefined;
      if ((next % pageBytes) + 1 + length > pageBytes) next = pages.length * pageBytes;
      if (next + pageBytes > largestNumber) return undefined;
      let page = pageAt(next);
      if (page === undefined) {
        page = Buffer.alloc(pageBytes);
        pages.push(page);
      }
      const at = next;
      page[at % pageBytes] = length;
      page.write(text, (at % pageBytes) + 1, "utf8");
      next += 1 + length;
      return at;
    },
    read: (at) => {
      const begin = (at % pageBytes) + 1;
      const page = pageAt(at);
      return page === undefined ? "" : page.toString("utf8", begin, begin + (page[begin - 1] ?? 0));
    },
    giveUp: (at) => {
      wasted += 1 + (pageAt(at)?.[at % pageBytes] ?? 0);
    },
    clear,
    size: () => ({ bytes: pages.length * pageBytes, wasted }),
  };
};

const pageBytes = 65_536;
const longestText = 255;
const largestNumber = 2 ** 32;

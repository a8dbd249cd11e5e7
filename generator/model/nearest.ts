/** The name that a misspelt one most likely means. */

/** How many letters must be inserted, removed or replaced to make one word of the other. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_none, index) => index);
  for (const [above, letter] of [...left].entries()) {
    const next = [above + 1];
    for (const [index, other] of [...right].entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** Longer names are compared by their beginning. */
const longest = 100;

/** The closest of the names, or undefined where none is close: a third of its letters may differ. */
export const nearest = (word: string, names: readonly string[]): string | undefined => {
  const [best] = names
    .map((name) => ({ name, apart: distance(word.slice(0, longest), name.slice(0, longest)) }))
    .filter(({ name, apart }) => apart <= Math.max(1, Math.floor(name.length / 3)))
    .sort((left, right) => left.apart - right.apart);
  return best?.name;
};

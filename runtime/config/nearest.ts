/** The candidate that a misspelt word most likely means, or undefined where none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: distance(word.slice(0, 100), candidate) }))
    .filter((it) => it.distance <= Math.max(2, Math.floor(it.candidate.length / 3)))
    .sort((left, right) => left.distance - right.distance);
  return best?.candidate;
}

/** How many letters must be inserted, removed, replaced, or swapped with their neighbour (Damerau and Levenshtein). */
function distance(left: string, right: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i++) {
    const next = [i + 1];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i] === right[j - 1] ? 0 : 1);
      const isSwap = j > 1 && left[i] === right[j - 2] && left[i - 1] === right[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[right.length] ?? 0;
}

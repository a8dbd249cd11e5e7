/** Where the values of a schema branch, a number decides. Zero is always the plainest way. */

export interface Choices {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
}

/** Always the plainest: the least that fits a schema, the same every time. */
export const plainest: Choices = { below: () => 0 };

/** Decides by a list of whole numbers, and plainly where it ends: shorter lists of smaller numbers make plainer values. */
export function choicesFrom(numbers: readonly number[]): Choices {
  let next = 0;
  return {
    below: (count) => {
      const number = numbers[next] ?? 0;
      next += 1;
      return count <= 1 ? 0 : Math.abs(Math.trunc(number)) % count;
    },
  };
}

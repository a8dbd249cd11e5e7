/** A source with one token left open: with `wrong` in it the compiler complains, with `right` it does not. */
export interface Case {
  readonly name: string;
  readonly source: (token: string) => string;
  readonly wrong: string;
  readonly right: string;
  readonly code: number;
}

/**
 * In whose name and in which language a message or a page speaks. Both are wishes of strangers: one that cannot be
 * granted is passed over.
 */
export interface Wording {
  /** A name from the request's `brand`. */
  readonly brand?: string | undefined;
  /** Languages as `Accept-Language` lists them; one alone is such a list, too. */
  readonly language?: string | undefined;
}

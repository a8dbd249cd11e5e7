/** Terms of service: documents that users have to accept. The identity service and registration spell them alike. */

/** Where a document stands in one language, and what it is called there. */
export interface PolicyText {
  readonly name: string;
  readonly url: string;
}

/** One document, in one edition. */
export interface Policy {
  readonly version: string;
  /** Its texts, by the code of their language. */
  readonly texts: ReadonlyMap<string, PolicyText>;
}

/** The documents that hold, by whatever the operator calls them. */
export type Terms = ReadonlyMap<string, Policy>;

/** The same as clients get them: beside its version a document has its texts, by the code of their language. */
export type Policies = Readonly<
  Record<string, { readonly version: string; readonly [language: string]: string | PolicyText }>
>;

export const policiesOf = (terms: Terms): Policies =>
  Object.fromEntries(
    [...terms].map(([id, { version, texts }]) => [id, { ...Object.fromEntries(texts), version }] as const),
  );

/** What was spelt by {@link policiesOf}. */
export const termsIn = (policies: Policies): Terms =>
  new Map(
    Object.entries(policies).map(([id, { version, ...languages }]) => {
      const texts = Object.entries(languages).flatMap(([code, text]): [string, PolicyText][] =>
        typeof text === "string" ? [] : [[code, text]],
      );
      return [id, { version, texts: new Map(texts) }];
    }),
  );

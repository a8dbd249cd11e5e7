/** One step of a database's schema. Steps are only ever added: what has run is never edited. */
export interface Migration {
  /** Unique for ever, for example `base/0001-validation-sessions`. */
  readonly name: string;
  /** SQL, one statement each, run in order within the transaction that holds all pending steps. */
  readonly statements: readonly string[];
}

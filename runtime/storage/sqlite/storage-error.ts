const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

const advice: readonly (readonly [code: RegExp, what: string, todo: string])[] = [
  [/^SQLITE_NOTADB/, "is no SQLite database", "name another file, or move this one away"],
  [/^SQLITE_CORRUPT/, "is damaged", "restore it from a backup"],
  [
    /^SQLITE_(READONLY|PERM|AUTH)/,
    "cannot be written",
    "give this user write access to the file, to its -wal and -shm if they are there, and to its folder",
  ],
  [/^SQLITE_CANTOPEN/, "cannot be opened", "check that its folder exists and that this user may write there"],
  [/^SQLITE_(BUSY|LOCKED)/, "is in use by another process", "stop the other server, or name another file"],
  [/^SQLITE_(FULL|IOERR)/, "could not be read or written", "check the disk: is it full or failing?"],
];

/** The database cannot be used. The message names the file, what is wrong and what to do. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly file: string;

  constructor(file: string, what: string, todo: string, options?: ErrorOptions) {
    super(`The database file ${file} ${what}. What to do: ${todo}.`, options);
    this.file = file;
  }

  /** The same for an error of the library that came later, over whichever file; any other error stays what it is. */
  static inWords(error: unknown): unknown {
    const code = codeOf(error);
    const known = advice.find(([shape]) => shape.test(code));
    if (known === undefined) return error;
    return new Error(`The database ${known[1]}. What to do: ${known[2]}.`, { cause: error });
  }

  /** Puts an error of the library into words. */
  static explain(file: string, error: unknown): StorageError {
    if (error instanceof StorageError) return error;
    const code = codeOf(error);
    const known = advice.find(([shape]) => shape.test(code));
    if (known !== undefined) return new StorageError(file, known[1], known[2], { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    return new StorageError(file, `cannot be opened (${reason})`, "check the path and its folder", { cause: error });
  }
}

/** One thing that is wrong with the configuration, in words for the operator. */
export interface Problem {
  /** `threepid.yaml:12:5`, or the name of an environment variable. */
  readonly where: string;
  /** What is wrong. */
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}

/** One line: where, what is wrong and what to do. */
export const lineOf = ({ where, what, hint }: Problem): string => `${where}: ${what}; ${hint}`;

/** There is no file of that name, or none that this user may read. */
export class UnreadableConfiguration extends Error {
  override readonly name = "UnreadableConfiguration";

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hints: Readonly<Record<string, string>> = {
      ENOENT: "`threepid config > threepid.yaml` writes a sample to begin with",
      EISDIR: "it is a folder: name a file in it",
    };
    const hint = hints[reason.slice(0, 6)] ?? "name a file that this user may read";
    super(`${file} cannot be read (${reason}); ${hint}`, { cause });
  }
}

/** The configuration cannot be used. Holds every problem that was found, not only the first. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(lineOf).join("\n"));
    this.problems = problems;
  }
}

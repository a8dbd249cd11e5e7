/** What a log line may carry beside its message. Never a token, a secret or an address of a person. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the servers write what operators should know. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What a step of a journey answers: its success, or why it did not succeed, told apart by `ok` and then by `errcode`. */

/** A refusal that the step knows. */
export interface KnownRefusal<Code extends string> {
  readonly ok: false;
  /** The protocol's code; those without `M_` are this library's own. */
  readonly errcode: Code;
  /** For people, in the server's words where it gave any. */
  readonly error: string;
  /** Of the answer; absent where no answer was the reason. */
  readonly status?: number;
}

/** Too many requests. The client has waited and tried again already, as far as its options allow. */
export interface LimitExceeded extends KnownRefusal<"M_LIMIT_EXCEEDED"> {
  /** When to try again, in milliseconds from now; absent where the server did not say. */
  readonly retryAfterMs?: number;
}

/** Whatever else a server refuses with. */
export interface UnforeseenRefusal extends KnownRefusal<"M_UNKNOWN"> {
  /** The code that it gave, if any. */
  readonly said?: string;
}

export type Refusal<Code extends string> = KnownRefusal<Code> | LimitExceeded | UnforeseenRefusal;

export type Success<Value extends object> = Value & { readonly ok: true };

export type Result<Value extends object, Code extends string> = Success<Value> | Refusal<Code>;

/** An answer of a server, as far as journeys look at all of them in the same way. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A member of what a server sent; undefined where there is none. */
export const member = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null && Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;

/** The same, where it is text. */
export const textMember = (body: unknown, name: string): string | undefined => {
  const value = member(body, name);
  return typeof value === "string" ? value : undefined;
};

/** Codes that servers use for the same thing: a token that is absent, over or unknown; a number that is none. */
const otherSpellings: Readonly<Record<string, string>> = {
  M_MISSING_TOKEN: "M_UNKNOWN_TOKEN",
  M_UNAUTHORIZED: "M_UNKNOWN_TOKEN",
  M_INVALID_PHONE_NUMBER: "M_INVALID_ADDRESS",
  M_MISSING_PARAMS: "M_MISSING_PARAM",
};

/** When the server wants to be asked again: `Retry-After` in seconds or as a date, or the older field. */
export const retryAfterMs = ({ body, headers }: Answered): number | undefined => {
  const header = headers.get("retry-after");
  const seconds = header === null || header === "" ? Number.NaN : Number(header);
  if (seconds >= 0) return seconds * 1000;
  const until = header === null ? Number.NaN : Date.parse(header) - Date.now();
  if (!Number.isNaN(until)) return Math.max(0, until);
  const field = member(body, "retry_after_ms");
  return typeof field === "number" && field >= 0 ? field : undefined;
};

/** A refusal, under the code that the step knows it by. */
export const refusal = <const Code extends string>(answer: Answered, known: readonly Code[]): Refusal<Code> => {
  const { status, body } = answer;
  const said = textMember(body, "errcode");
  const error = textMember(body, "error") ?? `The server answered ${status}.`;
  if (status === 429 || said === "M_LIMIT_EXCEEDED") {
    const wait = retryAfterMs(answer);
    return {
      ok: false,
      errcode: "M_LIMIT_EXCEEDED",
      error,
      status,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    };
  }
  const spelt = said === undefined ? undefined : (otherSpellings[said] ?? said);
  const errcode = known.find((code) => code === spelt || code === said);
  if (errcode !== undefined) return { ok: false, errcode, error, status };
  return { ok: false, errcode: "M_UNKNOWN", error, status, ...(said === undefined ? {} : { said }) };
};

/** An answer that has the status of a success and not what belongs to it. */
export const unreadable = (status: number, lacks: string): UnforeseenRefusal => ({
  ok: false,
  errcode: "M_UNKNOWN",
  error: `The server's answer has no ${lacks}.`,
  status,
});

/** How one gateway wants to be asked and how it answers: data, so that a gateway is a few lines and no code. */

/** What an answer holds, all of it that is given. */
export interface AnswerTest {
  readonly statuses?: readonly number[] | undefined;
  /** Values by their place in a JSON answer (`messages.0.status`): each place has one of its values, as text. */
  readonly json?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Words somewhere in the answer. */
  readonly text?: string | undefined;
}

/**
 * A request as templates. They are filled with `to` (E.164 digits without plus), `text`, `code`; with the originator
 * as `originator` (a number's digits, or the words), `from` (a number with its plus) and `originator_ton` (the type of
 * number that GSM knows it by: 1, 3 or 5); and with `user`, `password` and `basic`, both in base64 for a header of
 * basic authentication. Values are escaped for where they stand.
 */
export interface Gateway {
  readonly method: "GET" | "POST" | "PUT";
  /** Absent where only the operator knows it. */
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The message was taken over; any 2xx when no statuses are given. */
  readonly success: AnswerTest;
  /** The number will never be delivered to; nothing given stands for never. */
  readonly rejected: AnswerTest;
}

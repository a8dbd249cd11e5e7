/** Why a message did not leave. */
export type DeliveryFailure =
  /** The mail server or gateway could not be reached, or did not answer in time. */
  | "unreachable"
  /** It answered, and refused the message. */
  | "refused"
  /** It will not deliver to this destination at all. */
  | "destination-rejected";

/** A message was not handed over. The message text is for the operator's log and names no address. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly failure: DeliveryFailure;
  /** How long (ms) the receiver asks to be left alone; undefined when it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    failure: DeliveryFailure,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.failure = failure;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Why a request to another server brought no answer. */
export class OutgoingError extends Error {
  override readonly name = "OutgoingError";
  readonly reason: "refused-destination" | "too-large" | "timeout" | "failed";

  constructor(reason: OutgoingError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

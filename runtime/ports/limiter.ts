/** What is counted. Each scope has a limit of its own in the configuration. */
export type LimitScope =
  /** Something is sent: by client address, by destination, by country of a phone number, by inviter. */
  | "send.ip"
  | "send.address"
  | "send.country"
  | "invite.sender"
  /** Something is guessed: a validation token for one address, a password by client address or by account. */
  | "submit.address"
  | "password.ip"
  | "password.account"
  /** Something is created or bound. */
  | "register.ip"
  | "bind.ip"
  | "bind.mxid"
  /** Everything else. */
  | "request.ip";

export interface Consumption {
  readonly allowed: boolean;
  /** Milliseconds until the next try can succeed; 0 when allowed. */
  readonly retryAfterMs: number;
}

/** Counts events by scope and key. */
export interface Limiter {
  /** Takes `cost` (1) from the key's allowance. A scope that the operator left unlimited always allows. */
  consume(scope: LimitScope, key: string, cost?: number): Promise<Consumption>;
}

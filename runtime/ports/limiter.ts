/** What is counted. Each scope has a limit of its own in the configuration; those that end in `.ip` count by address. */
export type LimitScope =
  /** Something is sent: by client address, by user, by destination, by country of a phone number, by inviter. */
  | "send.ip"
  | "send.mxid"
  | "send.address"
  | "send.country"
  | "invite.sender"
  /**
   * Something is guessed: a validation token for one address, the client_secret of one session (wrong ones alone), a
   * password by client address, by account and client address (wrong ones alone) or by account alone (wrong ones
   * alone), a registration token; or a captcha is checked, or a session that an identity server keeps.
   */
  | "submit.address"
  | "secret.sid"
  | "password.ip"
  | "password.account"
  | "password.everywhere"
  | "token.ip"
  | "captcha.ip"
  | "proof.ip"
  /** Something is created or bound: accounts, their new passwords, sessions of interactive authentication, associations. */
  | "register.ip"
  | "password.mxid"
  | "account.ip"
  | "interactive.ip"
  | "bind.ip"
  | "bind.mxid"
  /** An invite is exchanged for a user of another server: by that server, which signed the request. */
  | "exchange.homeserver"
  /** Addresses that a user, a homeserver's users together, or a client address (v1) look up and had not looked up before. */
  | "lookup.mxid"
  | "lookup.homeserver"
  | "lookup.ip"
  /** A proof of identity is made: by user. Another server's keys are asked for: by client address. */
  | "openid.mxid"
  | "keys.ip"
  /** Everything else. */
  | "request.ip";

export interface Consumption {
  readonly allowed: boolean;
  /** Milliseconds until the next try can succeed; 0 when allowed. */
  readonly retryAfterMs: number;
}

/**
 * Counts events by scope and key.
 *
 * Several instances can share their counts: scope and key are plain text, one call is one atomic step, nobody reads a
 * count and writes it back, and every caller waits for the answer where it is a promise. A limiter that keeps its counters in a database that
 * all instances reach, or counts `request.ip` in the process and everything else there, takes the place of the one in
 * memory where the servers are composed, and nothing else changes.
 */
export interface Limiter {
  /**
   * Takes `cost` (1, or a fraction) from the key's allowance. A cost of 0 takes nothing and asks whether more was wanted
   * than there is.
   * A scope that the operator left unlimited always allows.
   */
  consume(scope: LimitScope, key: string, cost?: number): Consumption | Promise<Consumption>;
}

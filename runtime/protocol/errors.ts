/** Every error of the protocol: its code, the status it is answered with, and what it says unless told better. */

import type { JsonObject } from "./canonical-json.js";

/** Statuses and default texts by errcode. Where the APIs differ, the constructor takes the status. */
export const errcodes = {
  M_APPSERVICE_LOGIN_UNSUPPORTED: { status: 400, error: "Application services cannot log in this way here." },
  M_BAD_JSON: { status: 400, error: "The body must be a JSON object." },
  M_CAPTCHA_INVALID: { status: 401, error: "The captcha was not solved." },
  M_CAPTCHA_NEEDED: { status: 401, error: "A captcha has to be solved." },
  M_DESTINATION_REJECTED: { status: 400, error: "Messages to this destination are not delivered." },
  M_EMAIL_SEND_ERROR: { status: 400, error: "The mail could not be sent. Please try again later." },
  M_EXCLUSIVE: { status: 400, error: "This name is reserved for an application service." },
  M_FORBIDDEN: { status: 403, error: "This is not allowed." },
  M_INVALID_ADDRESS: { status: 400, error: "This phone number is not valid." },
  M_INVALID_EMAIL: { status: 400, error: "This email address is not valid." },
  M_INVALID_PARAM: { status: 400, error: "A parameter is not valid." },
  M_INVALID_PEPPER: { status: 400, error: "The pepper is not the current one." },
  M_INVALID_USERNAME: { status: 400, error: "This is no valid user name." },
  M_INVITE_BLOCKED: { status: 403, error: "This invite is blocked." },
  M_LIMIT_EXCEEDED: { status: 429, error: "Too many requests. Please wait." },
  M_MISSING_PARAM: { status: 400, error: "A parameter is missing." },
  M_MISSING_PARAMS: { status: 400, error: "Parameters are missing." },
  M_MISSING_TOKEN: { status: 401, error: "An access token is needed." },
  M_NOT_FOUND: { status: 404, error: "There is no such thing here." },
  M_NOT_JSON: { status: 400, error: "The body is not JSON." },
  M_NO_VALID_SESSION: { status: 404, error: "There is no validation session with this sid and client_secret." },
  M_RESOURCE_LIMIT_EXCEEDED: { status: 403, error: "A limit of this server was reached." },
  M_SEND_ERROR: { status: 400, error: "The text message could not be sent. Please try again later." },
  M_SERVER_NOT_TRUSTED: { status: 400, error: "This identity server is not trusted here." },
  M_SESSION_EXPIRED: { status: 400, error: "The validation session has ended. Please ask for a new message." },
  M_SESSION_NOT_VALIDATED: { status: 400, error: "The address of this session was not validated yet." },
  M_TERMS_NOT_SIGNED: { status: 403, error: "The terms of service have to be accepted first." },
  M_THREEPID_AUTH_FAILED: { status: 400, error: "The address was not proven to be yours." },
  M_THREEPID_DENIED: { status: 403, error: "This address may not be used here." },
  M_THREEPID_IN_USE: { status: 400, error: "This address is in use already." },
  M_THREEPID_MEDIUM_NOT_SUPPORTED: { status: 400, error: "Addresses of this kind are not supported here." },
  M_THREEPID_NOT_FOUND: { status: 400, error: "No account here has this address." },
  M_TOKEN_INCORRECT: { status: 400, error: "The token is not correct." },
  M_TOO_LARGE: { status: 413, error: "The request is too large." },
  M_UNAUTHORIZED: { status: 401, error: "This needs a valid access token." },
  M_UNKNOWN: { status: 500, error: "Something went wrong in the server." },
  M_UNKNOWN_TOKEN: { status: 401, error: "The access token is not known." },
  M_UNRECOGNIZED: { status: 404, error: "There is no such endpoint." },
  M_USER_DEACTIVATED: { status: 403, error: "This account has been deactivated." },
  M_USER_IN_USE: { status: 400, error: "This user name is taken." },
  M_USER_LIMIT_EXCEEDED: { status: 403, error: "This account has reached a limit." },
  M_USER_LOCKED: { status: 401, error: "This account is locked." },
  M_USER_SUSPENDED: { status: 403, error: "This account is suspended." },
  M_WEAK_PASSWORD: { status: 400, error: "The password is too weak." },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly error: string }>>;

export type Errcode = keyof typeof errcodes;

export interface ErrorBody {
  readonly errcode: string;
  readonly error: string;
  readonly [extra: string]: unknown;
}

export interface ErrorDetails {
  /** Instead of the status of the table. */
  readonly status?: number;
  /** Instead of the text of the table. Goes to strangers: no secrets. */
  readonly error?: string;
  /** Further members of the body, for example `retry_after_ms`. */
  readonly extra?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log, never for the wire. */
  readonly cause?: unknown;
}

/** An answer that the protocol knows as an error. Domain code throws it; the policy writes it. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly status: number;
  /** One of the table, or whatever another server said and we relay. */
  readonly errcode: string;
  readonly extra: JsonObject;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errcode: string, error: string, details: Omit<ErrorDetails, "status" | "error"> = {}) {
    super(error, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = status;
    this.errcode = errcode;
    this.extra = details.extra ?? {};
    this.headers = details.headers ?? {};
  }

  /** What goes over the wire. */
  get body(): ErrorBody {
    return { ...this.extra, errcode: this.errcode, error: this.message };
  }
}

/** An error of the table, with what is special about this occurrence. */
export const protocolError = (errcode: Errcode, details: ErrorDetails = {}): ProtocolError =>
  new ProtocolError(
    details.status ?? errcodes[errcode].status,
    errcode,
    details.error ?? errcodes[errcode].error,
    details,
  );

/** M_LIMIT_EXCEEDED with both hints: the header in seconds, the deprecated field in milliseconds. */
export const limitExceeded = (retryAfterMs: number): ProtocolError => {
  const wait = Math.max(1, Math.ceil(retryAfterMs));
  return protocolError("M_LIMIT_EXCEEDED", {
    extra: { retry_after_ms: wait },
    headers: { "Retry-After": String(Math.ceil(wait / 1000)) },
  });
};

/** M_MISSING_PARAMS (identity service) for several names. */
export const missingParams = (names: readonly string[]): ProtocolError =>
  protocolError("M_MISSING_PARAMS", { error: `Missing parameters: ${names.join(",")}` });

/** M_MISSING_PARAM (client-server API) for one name. */
export const missingParam = (name: string): ProtocolError =>
  protocolError("M_MISSING_PARAM", { error: `Missing parameter: ${name}` });

/** M_INVALID_PARAM for one name and what is wrong with it. */
export const invalidParam = (name: string, why: string): ProtocolError =>
  protocolError("M_INVALID_PARAM", { error: `${name} ${why}` });

/** M_INVALID_PEPPER with what the caller should use instead. */
export const invalidPepper = (algorithm: string, lookupPepper: string): ProtocolError =>
  protocolError("M_INVALID_PEPPER", { extra: { algorithm, lookup_pepper: lookupPepper } });

/** M_THREEPID_IN_USE of the identity service, which names the owner. */
export const threepidBoundTo = (mxid: string): ProtocolError =>
  protocolError("M_THREEPID_IN_USE", { error: "This address is bound already.", extra: { mxid } });

/** What callers say about all calls of a client, and about one. */

import type { Operation, ResponseChecks, SecuritySchemes } from "./contract.js";
import type { LooseReceived } from "./incoming.js";
import type { LooseRequest, OutgoingBody } from "./outgoing.js";

/** What is the same for all operations of a service. */
export interface CallerService {
  readonly securitySchemes: SecuritySchemes;
  /** With these every answer is checked before the caller sees it. */
  readonly responses?: Readonly<Record<string, ResponseChecks>>;
}

export type AccessToken = string | (() => string | undefined | Promise<string | undefined>);

export interface ClientOptions {
  /** Scheme and host of the service, with a path where it is mounted below one. */
  readonly baseUrl: string | URL;
  /** Sent with operations that ask for credentials. */
  readonly accessToken?: AccessToken;
  /** `header` (default) sends `Authorization: Bearer`; `scheme` follows the document's security scheme. */
  readonly accessTokenIn?: "header" | "scheme";
  /** Further headers for one call, for example a signature over it. */
  readonly authorize?: (call: OutgoingCall) => HeaderRecord | Promise<HeaderRecord>;
  /** Stand around every call, the first one outermost; see {@link Interceptor}. */
  readonly intercept?: readonly Interceptor[];
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** For one attempt, until its answer is read. Default: 30,000; 0 for none. */
  readonly timeoutMs?: number;
  /** How often a call is repeated after 429, or 503 for idempotent methods. Default: 2. */
  readonly retries?: number;
  /** A longer wait than this is not waited for: the answer is handed over instead. Default: 30,000. */
  readonly maxRetryDelayMs?: number;
  /** Larger answers are an `UnexpectedAnswer`. Default: 16 MiB. */
  readonly maxAnswerBytes?: number;
  /** Aborts every call. */
  readonly signal?: AbortSignal;
  /** Sent with every call. */
  readonly headers?: HeaderRecord;
  /** The service's compiled checks, `responses`: every answer is looked at before the caller sees it. */
  readonly responses?: Readonly<Record<string, ResponseChecks>>;
}

export type HeaderRecord = Readonly<Record<string, string>>;

/** One call as it will be sent. */
export interface OutgoingCall {
  readonly operation: string;
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  readonly body: OutgoingBody;
}

/** A call as an {@link Interceptor} sees it: before it is written, and before anything secret is added. */
export interface InterceptedCall {
  readonly operation: Operation;
  /** What the caller gave. */
  readonly request: LooseRequest;
  readonly options: CallOptions;
  /** False where the body is a stream: it can be sent once. */
  readonly isRepeatable: boolean;
}

/**
 * Stands around a call with everything it takes: credentials, attempts and the waits between them, until its answer
 * was read and checked. `next` sends the call, with what its options change; every time it is called it begins anew,
 * with fresh credentials. It rejects as the call would: `TimedOut`, `Unreachable`,
 * `UnexpectedAnswer`. What the interceptor answers is what the caller gets.
 */
export type Interceptor = (
  call: InterceptedCall,
  next: (options?: CallOptions) => Promise<LooseReceived>,
) => Promise<LooseReceived>;

/** What may differ from call to call. */
export interface CallOptions {
  readonly accessToken?: AccessToken;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly signal?: AbortSignal;
  readonly headers?: HeaderRecord;
}

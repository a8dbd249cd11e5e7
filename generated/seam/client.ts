/** Calls a service: the other side of the same operation table. */

import type {
  CallAccept,
  CallBody,
  OperationTable,
  OperationTypes,
  Received,
  ResponseChecks,
  SecuritySchemes,
} from "./contract.js";
import type { LooseReceived } from "./incoming.js";
import type { LooseRequest, OutgoingBody } from "./outgoing.js";
import { createSender } from "./sender.js";

export { UnexpectedAnswer } from "./incoming.js";
export { TimedOut, Unreachable } from "./sender.js";

/** What generated code knows about a service. */
export interface ClientService {
  readonly operations: OperationTable;
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
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** For one attempt, until its answer is read. Default: 30,000; 0 for none. */
  readonly timeoutMs?: number;
  /** How often a call is repeated after 429, or 503 for idempotent methods. Default: 2. */
  readonly retries?: number;
  /** A longer wait than this is not waited for: the answer is handed over instead. Default: 30,000. */
  readonly maxRetryDelayMs?: number;
  /** Larger answers are an {@link UnexpectedAnswer}. Default: 16 MiB. */
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

/** What may differ from call to call. */
export interface CallOptions {
  readonly accessToken?: AccessToken;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly signal?: AbortSignal;
  readonly headers?: HeaderRecord;
}

type PartOf<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [Key in Name]?: undefined }
  : undefined extends Value
    ? { readonly [Key in Name]?: Value }
    : Partial<Value> extends Value
      ? { readonly [Key in Name]?: Value }
      : { readonly [Key in Name]: Value };

/** What a call takes: the parts of its request, of which the empty ones may be left out. */
export type CallRequest<T extends OperationTypes> = PartOf<"params", T["params"]> &
  PartOf<"query", T["query"]> &
  PartOf<"headers", T["headers"]> &
  CallBody<T> &
  CallAccept<T>;

type CallArguments<T extends OperationTypes> =
  Record<never, never> extends CallRequest<T>
    ? [request?: CallRequest<T>, options?: CallOptions]
    : [request: CallRequest<T>, options?: CallOptions];

type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226;

/** The body of a declared success. */
export type Succeeded<T extends OperationTypes> = Extract<Received<T>, { readonly status: SuccessStatus }>["body"];

/** Answers whatever was declared, told apart by `status`. */
export type Call<T extends OperationTypes> = (...args: CallArguments<T>) => Promise<Received<T>>;

/** Answers the body of a success; every other declared answer is thrown as a {@link Refused}. */
export type ThrowingCall<T extends OperationTypes> = (...args: CallArguments<T>) => Promise<Succeeded<T>>;

export type CallsOf<Operations> = {
  readonly [Id in keyof Operations]: Operations[Id] extends OperationTypes ? Call<Operations[Id]> : never;
};

export type ThrowingCallsOf<Operations> = {
  readonly [Id in keyof Operations]: Operations[Id] extends OperationTypes ? ThrowingCall<Operations[Id]> : never;
};

export type Client<Operations> = CallsOf<Operations> & { readonly orThrow: ThrowingCallsOf<Operations> };

/** A declared answer that is no success, thrown by the `orThrow` calls. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly operation: string;
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;

  constructor(operation: string, received: LooseReceived) {
    super(`${operation} was answered ${received.status}`);
    this.operation = operation;
    this.status = received.status;
    this.body = received.body;
    this.headers = received.headers;
  }
}

/** Makes a client: one call for each operation, and the same ones once more under `orThrow`. */
export const createClient = <Operations>(service: ClientService, options: ClientOptions): Client<Operations> => {
  const send = createSender(service, options);
  const ids = Object.keys(service.operations);
  const calls = ids.map((id) => [
    id,
    (request?: LooseRequest, call?: CallOptions) => send(id, request ?? {}, call ?? {}),
  ]);
  const throwing = ids.map((id) => [
    id,
    async (request?: LooseRequest, call?: CallOptions) => {
      const received = await send(id, request ?? {}, call ?? {});
      if (received.status < 200 || received.status > 299) throw new Refused(id, received);
      return received.body;
    },
  ]);
  // Built from the very table that the types were generated from; the compiler cannot follow a table.
  return { ...Object.fromEntries(calls), orThrow: Object.fromEntries(throwing) } as Client<Operations>;
};

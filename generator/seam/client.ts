/** Calls a service: the other side of the same operation table. */

import type { CallerService, CallOptions, ClientOptions } from "./client-options.js";
import type { CallAccept, CallBody, Operation, OperationTable, OperationTypes, Received } from "./contract.js";
import type { LooseReceived } from "./incoming.js";
import type { LooseRequest } from "./outgoing.js";
import { createSender } from "./sender.js";

export type {
  AccessToken,
  CallerService,
  CallOptions,
  ClientOptions,
  HeaderRecord,
  InterceptedCall,
  Interceptor,
  OutgoingCall,
} from "./client-options.js";
export { UnexpectedAnswer } from "./incoming.js";
export { TimedOut } from "./limits.js";
export { Unreachable } from "./sender.js";

/** What generated code knows about a service. */
export interface ClientService extends CallerService {
  readonly operations: OperationTable;
}

/** An operation as data, of which the compiler remembers the types. */
export type OperationOf<T> = Operation & { readonly types?: T };

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

/** The declared answers that are no success. */
export type Refusal<T extends OperationTypes> = Exclude<Received<T>, { readonly status: SuccessStatus }>;

/** A declared answer that is no success, thrown by the `orThrow` calls; {@link isRefused} tells its type. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly operation: string;
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
  /** The whole answer, to be told apart by `status`. */
  readonly answer: LooseReceived;

  constructor(operation: string, answer: LooseReceived) {
    super(`${operation} was answered ${answer.status}`);
    this.operation = operation;
    this.status = answer.status;
    this.body = answer.body;
    this.headers = answer.headers;
    this.answer = answer;
  }
}

/** Whether this operation was refused; `error.answer` is then one of its declared refusals. */
export const isRefused = <T extends OperationTypes>(
  operation: OperationOf<T>,
  error: unknown,
): error is Refused & { readonly answer: Refusal<T> } => error instanceof Refused && error.operation === operation.id;

/** Calls operations one by one: whoever bundles it carries those that are given to it, and no others. */
export interface Caller {
  /** Answers whatever was declared, told apart by `status`. */
  call<T extends OperationTypes>(operation: OperationOf<T>, ...args: CallArguments<T>): Promise<Received<T>>;
  /** Answers the body of a success; every other declared answer is thrown as a {@link Refused}. */
  orThrow<T extends OperationTypes>(operation: OperationOf<T>, ...args: CallArguments<T>): Promise<Succeeded<T>>;
}

/** Makes a caller of whatever operations it is given. */
export const createCaller = (service: CallerService, options: ClientOptions): Caller => {
  const send = createSender(service, options);
  const call = (operation: Operation, request?: LooseRequest, own?: CallOptions) =>
    send(operation, request ?? {}, own ?? {});
  const orThrow = async (operation: Operation, request?: LooseRequest, own?: CallOptions) => {
    const received = await call(operation, request, own);
    if (received.status < 200 || received.status > 299) throw new Refused(operation.id, received);
    return received.body;
  };
  // An operation's data and its types come from one document; the compiler sees no connection between the two.
  return { call, orThrow } as Caller;
};

/** Makes a client: one call for each operation, and the same ones once more under `orThrow`. */
export const createClient = <Operations>(service: ClientService, options: ClientOptions): Client<Operations> => {
  const caller = createCaller(service, options);
  const operations = Object.entries<OperationOf<never>>(service.operations);
  const calls = operations.map(([id, operation]) => [id, caller.call.bind(undefined, operation)]);
  const throwing = operations.map(([id, operation]) => [id, caller.orThrow.bind(undefined, operation)]);
  // Built from the very table that the types were generated from; the compiler cannot follow a table.
  return { ...Object.fromEntries(calls), orThrow: Object.fromEntries(throwing) } as Client<Operations>;
};

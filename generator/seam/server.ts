/** Turns handlers into a server: route, admit, read, decode, validate, call, encode. */

import type {
  Handler,
  OperationTable,
  OperationTypes,
  RequestChecks,
  ResponseChecks,
} from "./contract.js";
import type { Admission, Policy, RawAnswer, RawRequest } from "./policy.js";

export * from "./policy.js";

/** What generated code knows about a service. */
export interface Service {
  readonly operations: OperationTable;
  readonly requests: Readonly<Record<string, RequestChecks>>;
}

export interface ServerOptions {
  /** Checks every answer against the document before it leaves: for development and tests. */
  readonly responses?: Readonly<Record<string, ResponseChecks>>;
}

/** One handler for each operation. */
export type HandlersOf<Operations, Context> = {
  readonly [Id in keyof Operations]: Operations[Id] extends OperationTypes ? Handler<Operations[Id], Context> : never;
};

/** A policy may be left out only where handlers are content with the {@link Admission} itself as context. */
export type ServerArguments<Context> = Admission extends Context
  ? [policy?: Policy<Context>, options?: ServerOptions]
  : [policy: Policy<Context>, options?: ServerOptions];

export interface Server {
  /** For any fetch runtime. */
  fetch(request: Request): Promise<Response>;
  /** The same over plain data. Answers without a promise where nothing had to wait. Never throws or rejects. */
  answer(request: RawRequest): RawAnswer | Promise<RawAnswer>;
}

/** Joins handlers, policy and what was generated for them into a server. */
export const createServer = <Operations, Context>(
  service: Service,
  handlers: HandlersOf<Operations, Context>,
  ...[policy, options]: ServerArguments<Context>
): Server => {
  void service, handlers, policy, options;
  return { fetch: () => Promise.reject(new Error()), answer: () => ({ status: 500, headers: {} }) };
};

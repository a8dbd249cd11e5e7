/** Turns handlers into a server. What happens to one request stands in `dispatch.ts`. */

import type { Handler, OperationTable, OperationTypes, RequestChecks, ResponseChecks } from "./contract.js";
import { pathOf } from "./decode.js";
import type { LooseHandler } from "./dispatch.js";
import { createDispatch } from "./dispatch.js";
import type { Admission, Policy, RawAnswer, RawRequest } from "./policy.js";
import { openPolicy, plainProblem } from "./policy.js";
import { createRouter } from "./router.js";
import { rawRequestOf, responseOf } from "./web.js";

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
  /** For any fetch runtime. Never rejects: an answer that HTTP cannot carry becomes a 500. */
  fetch(request: Request): Promise<Response>;
  /** The same over plain data. Answers without a promise where nothing had to wait. Never throws or rejects. */
  answer(request: RawRequest): RawAnswer | Promise<RawAnswer>;
  /** Whether some operation has this path, whatever its method; `target` is path and query as they were sent. */
  serves(target: string): boolean;
}

/** Joins handlers, policy and what was generated for them into a server. */
export const createServer = <Operations, Context>(
  service: Service,
  handlers: HandlersOf<Operations, Context>,
  ...[policy, options]: ServerArguments<Context>
): Server => {
  // Decoding and validation establish each operation's types before its handler is called, by the very table
  // that the types were generated from; the compiler cannot follow a table, so the handlers lose theirs here.
  const loose = handlers as unknown as Readonly<Record<string, LooseHandler<Context> | undefined>>;
  // ServerArguments lets the policy be absent only where an Admission is a Context.
  const rules = policy ?? (openPolicy as unknown as Policy<Context>);
  const answer = createDispatch(service.operations, service.requests, loose, rules, options?.responses);
  const fetch = async (request: Request): Promise<Response> => {
    const made = await answer(rawRequestOf(request));
    try {
      return responseOf(made);
    } catch (error) {
      const fault = plainProblem({ kind: "thrown", error });
      return responseOf({ ...fault, headers: { ...rules.headers, ...fault.headers } });
    }
  };
  const router = createRouter(Object.values(service.operations));
  const serves = (target: string): boolean => router.find("GET", pathOf(target)).kind !== "unknown-path";
  return { answer, fetch, serves };
};

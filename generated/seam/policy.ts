/**
 * What a server asks of the outside: how a request arrives, how an answer leaves, and the policy that decides
 * about everything the operations themselves do not say.
 */

import type { Operation, Violation } from "./contract.js";

/** A request as plain data. Adapters make one per call; {@link Server.fetch} makes one from a web `Request`. */
export interface RawRequest {
  readonly method: string;
  /** Path and query exactly as they were sent, for example `/pubkey/ed25519%3A0?x=1`. */
  readonly target: string;
  /** One header by its lower-case name; repeated headers are joined as HTTP joins them. */
  header(name: string): string | undefined;
  /** The whole body, or undefined when there is none. Throws {@link TooLarge} beyond `limit` bytes. */
  body(limit: number): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /**
   * The same as it comes. Its end is an error where `limit` is exceeded, {@link TooLarge}, or the caller is gone; throws
   * where either is known before. Without it bodies are read whole, and handed over as streams then.
   */
  stream?(limit: number): ReadableStream<Uint8Array> | undefined;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** The address of the other end of the connection, where the adapter knows it. */
  readonly remoteAddress?: string | undefined;
}

export type AnswerHeaders = Readonly<Record<string, string>>;

/** An answer as plain data. Header names are in lower case. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
}

/** Where in a request something stands. */
export type Part = "path" | "query" | "headers" | "body";

/** Why a request did not get an answer from its handler. */
export type Problem =
  | { readonly kind: "unknown-path" }
  | { readonly kind: "wrong-method"; readonly allow: readonly string[] }
  /** A broken percent escape, or one that is no UTF-8. */
  | { readonly kind: "malformed"; readonly in: Part }
  | { readonly kind: "not-json" }
  /** JSON, but nested deeper than any document asks for. */
  | { readonly kind: "too-deep" }
  | { readonly kind: "missing"; readonly in: Part; readonly name: string }
  | { readonly kind: "repeated"; readonly in: Part; readonly name: string }
  | { readonly kind: "invalid"; readonly in: Part; readonly violation: Violation }
  /** Of the body, or of the part of a form that is one `field`. */
  | { readonly kind: "unsupported-media-type"; readonly accepts: readonly string[]; readonly field?: string }
  /** A form of several parts that cannot be taken apart. */
  | { readonly kind: "not-multipart"; readonly why: string }
  | { readonly kind: "too-large"; readonly limit: number }
  | { readonly kind: "unimplemented"; readonly operation: string }
  /** A status that the document does not declare, or a body or header that does not fit. */
  | { readonly kind: "undeclared-answer"; readonly status: number; readonly in?: never; readonly violation?: never }
  | {
      readonly kind: "undeclared-answer";
      readonly status: number;
      readonly in: "body" | "headers";
      readonly violation: Violation;
    }
  /** Whatever `admit` or a handler threw. */
  | { readonly kind: "thrown"; readonly error: unknown };

/** One request on its way. `operation` is absent as long as the request fits none. */
export interface Exchange<Context> {
  readonly request: RawRequest;
  readonly operation: Operation | undefined;
  /** What `admit` answered; absent before. */
  readonly context: Context | undefined;
}

/** What `admit` decides about: an exchange whose operation is known and whose body is not read yet. */
export interface Admission {
  readonly request: RawRequest;
  readonly operation: Operation;
}

/** What happened, told once per request after its answer is made. */
export interface Observation<Context> {
  readonly exchange: Exchange<Context>;
  readonly status: number;
  readonly problem: Problem | undefined;
  /** From the call until the answer was made, in milliseconds. */
  readonly milliseconds: number;
}

/**
 * Everything a protocol says about every endpoint. Only `admit` must be given: it makes the context that
 * handlers get. Nothing here may wait except `admit`.
 */
export interface Policy<Context> {
  /**
   * Lets a request in and makes its context, or throws to refuse it. Called once per request, before the body is
   * read; only where two operations share method and path the body is read first, to tell them apart.
   */
  readonly admit: (admission: Admission) => Context | Promise<Context>;
  /** The answer to a problem. Without it: plain JSON. The `headers` below are added to it. */
  readonly problem?: (problem: Problem, exchange: Exchange<Context>) => RawAnswer;
  /** Set on every answer, errors included; an answer's own headers win. Names in lower case. */
  readonly headers?: AnswerHeaders;
  /** Added to answers whose body is declared as HTML. */
  readonly htmlHeaders?: AnswerHeaders;
  /** The answer to OPTIONS; without it: 204 with `Allow`. */
  readonly preflight?: (request: RawRequest) => RawAnswer;
  /** What a query or form key given twice means where one value is expected. Default: `refuse`. */
  readonly repeatedQueryKey?: (operation: Operation) => "missing" | "refuse";
  /** How much a body may hold, also one that is read as it comes; of each operation, if need be. Default: 1 MiB. */
  readonly maxBodyBytes?: number | ((operation: Operation) => number);
  /** How deep objects and arrays of a JSON body may nest. Default: 64. */
  readonly maxDepth?: number;
  readonly observe?: (observation: Observation<Context>) => void;
}

/** Thrown by {@link RawRequest.body} when the body exceeds the limit. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
  readonly limit: number;

  constructor(limit: number) {
    super(`the body is larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/** Thrown by the generated `unimplemented` handlers. */
export class Unimplemented extends Error {
  override readonly name = "Unimplemented";
  readonly operation: string;

  constructor(operation: string) {
    super(`the operation ${operation} has no implementation`);
    this.operation = operation;
  }
}

/** The policy of a server that was given none: everyone is let in, problems are told as plain JSON. */
export const openPolicy: Policy<Admission> = { admit: (admission) => admission };

/** The status and the words for a problem, without any protocol's error codes. */
export const describeProblem = (problem: Problem): { readonly status: number; readonly error: string } => {
  switch (problem.kind) {
    case "unknown-path":
      return { status: 404, error: "there is nothing at this path" };
    case "wrong-method":
      return { status: 405, error: `this path takes ${problem.allow.join(", ")}` };
    case "malformed":
      return { status: 400, error: `the ${problem.in} holds a broken percent escape` };
    case "not-json":
      return { status: 400, error: "the body is not JSON in UTF-8" };
    case "too-deep":
      return { status: 400, error: "the body is nested too deeply" };
    case "missing":
      return { status: 400, error: `${problem.name} is missing from the ${problem.in}` };
    case "repeated":
      return { status: 400, error: `${problem.name} is given more than once in the ${problem.in}` };
    case "invalid":
      return { status: 400, error: `${nameOf(problem.in, problem.violation)} ${problem.violation.message}` };
    case "unsupported-media-type":
      return { status: 415, error: `${problem.field ?? "the body"} must be ${problem.accepts.join(" or ")}` };
    case "not-multipart":
      return { status: 400, error: `the body is no multipart form: ${problem.why}` };
    case "too-large":
      return { status: 413, error: `the body is larger than ${problem.limit} bytes` };
    case "unimplemented":
      return { status: 501, error: "this operation is not served here" };
    case "undeclared-answer":
    case "thrown":
      return { status: 500, error: "the server failed to answer" };
  }
};

const nameOf = (part: Part, violation: Violation): string =>
  violation.path === "" ? `the ${part}` : violation.path.slice(1).replaceAll("/", ".");

/** A problem as plain JSON, for policies that do not say otherwise. */
export const plainProblem = (problem: Problem): RawAnswer => {
  const { status, error } = describeProblem(problem);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (problem.kind === "wrong-method") headers["allow"] = problem.allow.join(", ");
  return { status, headers, body: JSON.stringify({ error }) };
};

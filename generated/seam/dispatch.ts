/**
 * One request on its way: route, admit, read, decode, validate, call, encode. Each step goes on at once where
 * nothing had to wait, so that a handler that answers at once is answered without a single promise.
 */

import { type Awaitable, after, waits } from "./awaitable.js";
import { decodeBody, isBytes, streamBody, TypedBody } from "./body.js";
import type {
  HandlerRequest,
  Method,
  Operation,
  OperationTable,
  RequestChecks,
  ResponseChecks,
  Violation,
} from "./contract.js";
import type { PartDecoder } from "./decode.js";
import { decoderOf, pathOf, Refusal } from "./decode.js";
import type { AnswerPlan, EncodingRules, LooseAnswer } from "./encode.js";
import { answerPlans, encodeAnswer } from "./encode.js";
import { readHeaders } from "./headers.js";
import type { Admission, Exchange, Part, Policy, Problem, RawAnswer, RawRequest } from "./policy.js";
import { plainProblem, TooLarge, Unimplemented } from "./policy.js";
import type { Match } from "./router.js";
import { createRouter } from "./router.js";

interface LooseTypes {
  readonly params: object;
  readonly query: object;
  readonly headers: object;
  readonly body: unknown;
  readonly responses: object;
  readonly implicit: object;
}

/** A handler whose operation's types were forgotten. */
export type LooseHandler<Context> = (request: HandlerRequest<LooseTypes>, context: Context) => Awaitable<LooseAnswer>;

interface Route<Context> {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
  readonly decoder: PartDecoder;
  readonly checks: RequestChecks;
  readonly repeated: "missing" | "refuse";
  readonly bodyLimit: number;
  /** The body may be one that the handler reads as it comes. */
  readonly mayStream: boolean;
  readonly rules: EncodingRules;
  readonly planOf: (status: number) => AnswerPlan;
  readonly handle: LooseHandler<Context>;
}

type Found<Context> = Extract<Match<Route<Context>>, { readonly kind: "found" }>;

/** An exchange whose operation is known. */
class Passage<Context> implements Exchange<Context>, Admission {
  readonly request: RawRequest;
  readonly operation: Operation;
  context: Context | undefined = undefined;

  constructor(request: RawRequest, operation: Operation) {
    this.request = request;
    this.operation = operation;
  }
}

/** What a step ends in: an answer of a handler, or a problem that the policy still has to answer. */
type Ending = RawAnswer | Refusal;

const defaultBodyLimit = 1_048_576;
const defaultDepth = 64;

/** Prepares every operation once and answers the function that serves requests. */
export const createDispatch = <Context>(
  operations: OperationTable,
  requests: Readonly<Record<string, RequestChecks>>,
  handlers: Readonly<Record<string, LooseHandler<Context> | undefined>>,
  policy: Policy<Context>,
  responses: Readonly<Record<string, ResponseChecks>> | undefined,
): ((request: RawRequest) => Awaitable<RawAnswer>) => {
  const headers = policy.headers ?? {};
  const { maxBodyBytes = defaultBodyLimit } = policy;
  const maxDepth = policy.maxDepth ?? defaultDepth;

  const routeOf = (id: string, operation: Operation): Route<Context> => {
    const rules = { headers, htmlHeaders: policy.htmlHeaders ?? {}, responses: responses?.[id] };
    return {
      method: operation.method,
      path: operation.path,
      operation,
      decoder: decoderOf(operation),
      checks: requests[id] ?? {},
      repeated: policy.repeatedQueryKey?.(operation) ?? "refuse",
      bodyLimit: typeof maxBodyBytes === "function" ? maxBodyBytes(operation) : maxBodyBytes,
      mayStream: Object.values(operation.body?.content ?? {}).some(isBytes),
      rules,
      planOf: answerPlans(operation, rules),
      handle: (request, context) => {
        const handler = handlers[id];
        if (handler === undefined) throw new Unimplemented(id);
        return handler.call(handlers, request, context);
      },
    };
  };

  const router = createRouter(Object.entries(operations).map(([id, operation]) => routeOf(id, operation)));

  const find = (method: string, path: string): Match<Route<Context>> => {
    const match = router.find(method, path);
    if (match.kind === "found" || method !== "HEAD") return match;
    return router.find("GET", path);
  };

  const dispatch = (passage: Passage<Context>, route: Route<Context>, match: Found<Context>): Awaitable<Ending> =>
    after(policy.admit(passage), (context) => {
      passage.context = context;
      if (route.operation.body === null) return call(passage, route, context, match.values, undefined);
      return after(readBody(passage.request, route), (body) => call(passage, route, context, match.values, body));
    });

  /** Operations that share method and path: the first whose top-level fields are all there, else the first. */
  const tellApart = async (request: RawRequest, match: Found<Context>, enter: Enter<Context>): Promise<Ending> => {
    const [first] = match.targets;
    const body = await readBody(request, first);
    const fits = (route: Route<Context>) => {
      const violation = body instanceof Refusal ? undefined : checkBody(route.checks, body);
      return violation === undefined || violation.missing === undefined || violation.path !== "";
    };
    const route = match.targets.find(fits) ?? first;
    const passage = enter(route);
    const context = await policy.admit(passage);
    passage.context = context;
    return call(passage, route, context, match.values, body);
  };

  const readBody = (request: RawRequest, route: Route<Context>): Awaitable<unknown> => {
    const { body } = route.operation;
    if (body === null) return undefined;
    const stream = route.mayStream ? streamBody(body, request, route.bodyLimit) : undefined;
    if (stream !== undefined) return stream;
    const rules = { repeated: route.repeated, maxDepth };
    return after(request.body(route.bodyLimit), (bytes) => decodeBody(body, request, bytes, rules));
  };

  const call = (
    passage: Passage<Context>,
    route: Route<Context>,
    context: Context,
    values: readonly string[],
    body: unknown,
  ): Awaitable<Ending> => {
    if (body instanceof Refusal) return body;
    const { decoder, checks } = route;
    const params = decoder.path(values);
    if (params instanceof Refusal) return params;
    const query = decoder.query(passage.request.target, route.repeated);
    if (query instanceof Refusal) return query;
    const given = decoder.headers(passage.request);
    if (given instanceof Refusal) return given;
    const refusal =
      refused("path", checks.params?.(params)) ??
      refused("query", checks.query?.(query)) ??
      refused("headers", checks.headers?.(given)) ??
      (body === undefined ? undefined : refused("body", checkBody(checks, body)));
    if (refusal !== undefined) return refusal;
    const asked =
      body instanceof TypedBody
        ? { params, query, headers: given, body: body.value, contentType: body.contentType }
        : { params, query, headers: given, body };
    const answer = route.handle(asked, context);
    return waits(answer) ? answer.then((settled) => leave(route, settled)) : leave(route, answer);
  };

  const leave = (route: Route<Context>, answer: LooseAnswer): Ending => {
    const { status } = answer;
    const plan = route.planOf(status);
    if (responses === undefined) return encodeAnswer(answer, plan, route.rules);
    if (!plan.declared) return new Refusal({ kind: "undeclared-answer", status });
    const ofBody = answer.body === undefined ? undefined : plan.checkOf(answer)?.(answer.body);
    if (ofBody !== undefined) return new Refusal({ kind: "undeclared-answer", status, in: "body", violation: ofBody });
    const leaving = encodeAnswer(answer, plan, route.rules);
    const violation = plan.headersCheck?.(readHeaders(plan.declaredHeaders, new Headers(leaving.headers)));
    return violation === undefined
      ? leaving
      : new Refusal({ kind: "undeclared-answer", status, in: "headers", violation });
  };

  const solve = (problem: Problem, exchange: Exchange<Context>): RawAnswer => {
    let answer: RawAnswer;
    try {
      answer = policy.problem?.(problem, exchange) ?? plainProblem(problem);
    } catch (error) {
      answer = plainProblem({ kind: "thrown", error });
    }
    return { ...answer, headers: { ...headers, ...answer.headers } };
  };

  const finish = (exchange: Exchange<Context>, ending: Ending, startedAt: number): RawAnswer => {
    const problem = ending instanceof Refusal ? ending.problem : undefined;
    const answer = ending instanceof Refusal ? solve(ending.problem, exchange) : ending;
    if (policy.observe !== undefined) {
      const milliseconds = performance.now() - startedAt;
      try {
        policy.observe({ exchange, status: answer.status, problem, milliseconds });
      } catch {
        // Whoever watches must not change what a caller gets.
      }
    }
    return exchange.request.method === "HEAD" ? withoutBody(answer) : answer;
  };

  const preflight = (request: RawRequest, path: string): RawAnswer => {
    const answer = policy.preflight?.(request) ?? plainPreflight(router.allow(path));
    return { ...answer, headers: { ...headers, ...answer.headers } };
  };

  return (request) => {
    const startedAt = policy.observe === undefined ? 0 : performance.now();
    let exchange: Exchange<Context> = { request, operation: undefined, context: undefined };
    const enter: Enter<Context> = (route) => {
      const passage = new Passage<Context>(request, route.operation);
      exchange = passage;
      return passage;
    };
    const failed = (error: unknown): RawAnswer => finish(exchange, new Refusal(problemOf(error)), startedAt);
    try {
      const path = pathOf(request.target);
      const match = find(request.method, path);
      if (match.kind !== "found") {
        if (request.method === "OPTIONS") return finish(exchange, preflight(request, path), startedAt);
        return finish(exchange, new Refusal(match), startedAt);
      }
      const [route] = match.targets;
      const ending = match.targets.length > 1 ? tellApart(request, match, enter) : dispatch(enter(route), route, match);
      if (!waits(ending)) return finish(exchange, ending, startedAt);
      return ending.then((settled) => finish(exchange, settled, startedAt)).catch(failed);
    } catch (error) {
      return failed(error);
    }
  };
};

type Enter<Context> = (route: Route<Context>) => Passage<Context>;

const checkBody = (checks: RequestChecks, body: unknown): Violation | undefined => {
  if (!(body instanceof TypedBody)) return isStream(body) ? undefined : checks.body?.(body);
  return isStream(body.value) ? undefined : (checks.body ?? checks[`body ${body.key}`])?.(body.value);
};

const isStream = (value: unknown): boolean => value instanceof ReadableStream;

const refused = (part: Part, violation: Violation | undefined): Refusal | undefined => {
  if (violation === undefined) return undefined;
  if (violation.missing === undefined) return new Refusal({ kind: "invalid", in: part, violation });
  const name = [...violation.path.split("/").slice(1).map(unescaped), violation.missing].join(".");
  return new Refusal({ kind: "missing", in: part, name });
};

const unescaped = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

const problemOf = (error: unknown): Problem => {
  if (error instanceof TooLarge) return { kind: "too-large", limit: error.limit };
  if (error instanceof Unimplemented) return { kind: "unimplemented", operation: error.operation };
  return { kind: "thrown", error };
};

const plainPreflight = (allow: readonly string[] | undefined): RawAnswer => ({
  status: 204,
  headers: allow === undefined ? {} : { allow: allow.join(", ") },
});

const withoutBody = (answer: RawAnswer): RawAnswer => {
  if (answer.body instanceof ReadableStream) void answer.body.cancel().catch(() => undefined);
  return { status: answer.status, headers: answer.headers };
};

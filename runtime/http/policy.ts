/** What the protocol says about every endpoint, once: CORS, errors, access tokens, limits and size. */

import { type Awaitable, after } from "../../generated/seam/awaitable.js";
import type { Operation } from "../../generated/seam/contract.js";
import type {
  Admission,
  Exchange,
  Observation,
  Policy,
  Problem,
  RawAnswer,
  RawRequest,
} from "../../generated/seam/server.js";
import type { Limiter } from "../ports/limiter.js";
import type { Logger } from "../ports/logger.js";
import type { RequestContext } from "../ports/requester.js";
import { limitExceeded, type ProtocolError } from "../protocol/errors.js";
import { clientAddress } from "./client-address.js";
import { HttpContext } from "./context.js";
import { accessTokenOf, missingToken, unknownToken } from "./credentials.js";
import { type Codes, errorAnswer, errorPageAnswer, isV1, protocolErrorOf } from "./errors.js";
import { answerFailure, noteCause } from "./failure.js";
import { corsHeaders, htmlHeaders } from "./headers.js";

export interface ProtocolPolicyOptions<Requester> {
  readonly codes: Codes;
  /** Finds whom an access token belongs to; undefined when it is unknown. May throw a protocol error. */
  readonly authenticate: (token: string) => Requester | undefined | Promise<Requester | undefined>;
  /** Refuses, by throwing, a requester who may not use an operation yet: terms that are not accepted, for example. */
  readonly permit?: (requester: Requester, operation: Operation) => void | Promise<void>;
  readonly log: Logger;
  /** Counts requests by client address in the scope `request.ip`. */
  readonly limiter?: Limiter;
  /** Default: 512 KiB, which holds the longest lookup. */
  readonly maxBodyBytes?: number;
  /** The page that a browser is shown in place of an error, by operations that answer pages to people. */
  readonly errorPage?: (error: ProtocolError, request: RawRequest) => string;
  /** Told of every answer: metrics. */
  readonly observe?: (observation: Observation<RequestContext<Requester>>) => void;
  /** Whether pages of other origins may ask and read the answers. Default: true, as the protocol has it. */
  readonly isForPages?: boolean;
  /** Writes a line of level debug for every answer. Default: false. */
  readonly logRequests?: boolean;
}

const defaultBodyBytes = 524_288;

/** Preflight requests run no logic, whatever the path. */
const preflightAnswer: RawAnswer = { status: 204, headers: {} };

/** Nobody reads it. */
const abandonedAnswer: RawAnswer = { status: 499, headers: {} };

/** The policy of a server that speaks the protocol. */
export const protocolPolicy = <Requester>(
  options: ProtocolPolicyOptions<Requester>,
): Policy<RequestContext<Requester>> => {
  const { codes, log, limiter } = options;

  /** Counts what is worth counting by the client's address. */
  const count = ({ request, operation }: Admission): Awaitable<void> => {
    if (limiter === undefined || !isCounted(operation)) return undefined;
    return after(limiter.consume("request.ip", clientAddress(request.remoteAddress)), ({ allowed, retryAfterMs }) => {
      if (!allowed) throw limitExceeded(retryAfterMs);
    });
  };

  const requesterOf = ({ request, operation }: Admission): Awaitable<Requester | undefined> => {
    if (operation.auth === "none") return undefined;
    const token = accessTokenOf(request);
    if (token === undefined) {
      if (operation.auth === "optional") return undefined;
      throw missingToken(codes);
    }
    return after(options.authenticate(token), (requester) => {
      if (requester === undefined) throw unknownToken(codes);
      return after(options.permit?.(requester, operation), () => requester);
    });
  };

  const admit = (admission: Admission): Awaitable<HttpContext<Requester>> =>
    after(count(admission), () =>
      after(requesterOf(admission), (requester) => new HttpContext(admission.request, log, requester)),
    );

  const problem = (found: Problem, exchange: Exchange<RequestContext<Requester>>): RawAnswer => {
    const error = protocolErrorOf(codes, found);
    if (error !== undefined) {
      if (error.cause !== undefined) noteCause(log, requestIdOf(exchange.context), error, exchange);
      const html = showsPages(exchange) ? options.errorPage?.(error, exchange.request) : undefined;
      return html === undefined ? errorAnswer(error) : errorPageAnswer(error, html);
    }
    // Whatever failed because the caller left is no failure of the server.
    if (found.kind === "thrown" && exchange.request.signal.aborted) return abandonedAnswer;
    return answerFailure(log, requestIdOf(exchange.context), found, exchange);
  };

  const observers = [options.observe, options.logRequests ? logObservation(log) : undefined].filter(
    (it) => it !== undefined,
  );
  return {
    admit,
    problem,
    ...(options.isForPages === false ? {} : { headers: corsHeaders, preflight: () => preflightAnswer }),
    htmlHeaders,
    repeatedQueryKey: (operation) => (isV1(operation) ? "missing" : "refuse"),
    maxBodyBytes: options.maxBodyBytes ?? defaultBodyBytes,
    ...(observers.length === 0
      ? {}
      : { observe: (observation) => observers.forEach((observe) => void observe(observation)) }),
  };
};

/** What needs neither a token nor a question is not worth counting: liveness, versions, keys. */
const isCounted = ({ auth, body, parameters }: Operation): boolean =>
  auth !== "none" || body !== null || parameters.some((parameter) => parameter.in === "query");

/** Whether a person looks at the answer: the operation answers pages, and a browser asks. */
const showsPages = ({ operation, request }: Exchange<unknown>): boolean =>
  operation?.responses["200"]?.content["text/html"] !== undefined &&
  /\btext\/html\b/i.test(request.header("accept") ?? "");

const requestIdOf = (context: unknown): string =>
  context instanceof HttpContext ? context.requestId : crypto.randomUUID();

/** Operation and outcome only: targets hold secrets. */
const logObservation =
  (log: Logger) =>
  ({ exchange, status, problem, milliseconds }: Observation<unknown>): void =>
    log.debug("answered", {
      method: exchange.request.method,
      operation: exchange.operation?.id,
      status,
      problem: problem?.kind,
      milliseconds: Math.round(milliseconds * 1_000) / 1_000,
    });

/** Writes what a handler answered, as its document declares that status. */

import { mediaTypeOf } from "./body.js";
import type { Check, DeclaredResponse, Encoding, Operation, Parameter, ResponseChecks } from "./contract.js";
import { covers } from "./forms.js";
import { headersKey, writeHeaders } from "./headers.js";
import type { AnswerHeaders, RawAnswer } from "./policy.js";

/** What a handler answers, before its type is narrowed by an operation. */
export interface LooseAnswer {
  readonly status: number;
  /** Of several media types the one to answer in; without it the first that is declared. */
  readonly contentType?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** How answers of one status leave. */
export interface AnswerPlan {
  /** The document knows this status. */
  readonly declared: boolean;
  readonly encoding: Encoding;
  /** Headers of an answer that has a body, and of one that has none. */
  readonly headers: AnswerHeaders;
  readonly emptyHeaders: AnswerHeaders;
  readonly content: DeclaredResponse["content"];
  readonly declaredHeaders: readonly Parameter[];
  /** What has to fit: nothing where the body is bytes. */
  readonly checkOf: (answer: LooseAnswer) => Check | undefined;
  /** What the declared headers have to fit. */
  readonly headersCheck: Check | undefined;
}

export interface EncodingRules {
  readonly headers: AnswerHeaders;
  readonly htmlHeaders: AnswerHeaders;
  readonly responses: ResponseChecks | undefined;
}

/** The key under which a table holds a status: the status itself, its range, or `default`. */
export const statusKey = (table: Readonly<Record<string, unknown>>, status: number): string | undefined =>
  [String(status), `${Math.floor(status / 100)}XX`, "default"].find((key) => Object.hasOwn(table, key));

/** Prepares the answers of an operation; each status is planned once, when first answered. */
export const answerPlans = (operation: Operation, rules: EncodingRules): ((status: number) => AnswerPlan) => {
  const plans = new Map<number, AnswerPlan>();
  return (status) => {
    const known = plans.get(status);
    if (known !== undefined) return known;
    const plan = planOf(operation, rules, status);
    plans.set(status, plan);
    return plan;
  };
};

const planOf = (operation: Operation, rules: EncodingRules, status: number): AnswerPlan => {
  const key = statusKey(operation.responses, status);
  const response = key === undefined ? undefined : operation.responses[key];
  const content = response?.content ?? {};
  const [first = "application/json", encoding = "json"] = Object.entries(content)[0] ?? [];
  const mediaType = concrete(first);
  return {
    declared: key !== undefined,
    encoding,
    content,
    declaredHeaders: response?.headers ?? [],
    headers: { ...rules.headers, ...typeHeaders(mediaType, rules.htmlHeaders) },
    emptyHeaders: rules.headers,
    checkOf: ({ contentType, body }) => {
      if (key === undefined || isRaw(body)) return undefined;
      return checkOf(rules.responses, key, declaredAs(content, contentType ?? mediaType));
    },
    headersCheck: key === undefined ? undefined : rules.responses?.[headersKey(key)],
  };
};

/** The check of one status, or of one of its media types. */
export const checkOf = (checks: ResponseChecks | undefined, status: string, key: string): Check | undefined =>
  checks?.[status] ?? checks?.[`${status} ${key}`];

/** The key under which a media type is declared: itself, or a range around it. */
export const declaredAs = (content: DeclaredResponse["content"], contentType: string): string => {
  const mediaType = mediaTypeOf(contentType);
  if (Object.hasOwn(content, mediaType)) return mediaType;
  return Object.keys(content).find((range) => covers(range, mediaType)) ?? mediaType;
};

const isRaw = (body: unknown): body is Uint8Array | ReadableStream<Uint8Array> =>
  body instanceof Uint8Array || body instanceof ReadableStream;

/** A type that can be sent: a range is none. */
export const concrete = (mediaType: string): string =>
  mediaType.includes("*") ? "application/octet-stream" : mediaType;

const typeHeaders = (mediaType: string, htmlHeaders: AnswerHeaders): AnswerHeaders => {
  if (mediaType === "text/html") return { ...htmlHeaders, "content-type": "text/html; charset=utf-8" };
  // Readers of events know one encoding only, and some take no parameter.
  if (mediaType === "text/event-stream") return { "content-type": mediaType };
  return { "content-type": mediaType.startsWith("text/") ? `${mediaType}; charset=utf-8` : mediaType };
};

/** The answer as it leaves. */
export const encodeAnswer = (answer: LooseAnswer, plan: AnswerPlan, rules: EncodingRules): RawAnswer => {
  const { status, body } = answer;
  if (answer.headers === undefined && answer.contentType === undefined) {
    if (body === undefined) return { status, headers: plan.emptyHeaders };
    return { status, headers: plan.headers, body: written(body, plan.encoding) };
  }
  const own = writeHeaders(plan.declaredHeaders, answer.headers ?? {});
  if (body === undefined) return { status, headers: { ...plan.emptyHeaders, ...own } };
  const chosen = own["content-type"] ?? answer.contentType;
  if (chosen === undefined) return { status, headers: { ...plan.headers, ...own }, body: written(body, plan.encoding) };
  const mediaType = mediaTypeOf(chosen);
  const declared = plan.content[declaredAs(plan.content, chosen)];
  const encoding = declared ?? (typeof body === "string" ? "text" : plan.encoding);
  const type = own["content-type"] === undefined ? typeHeaders(chosen, rules.htmlHeaders) : {};
  return {
    status,
    headers: { ...rules.headers, ...(mediaType === "text/html" ? rules.htmlHeaders : {}), ...type, ...own },
    body: written(body, encoding),
  };
};

const written = (body: unknown, encoding: Encoding): RawAnswer["body"] => {
  if (isRaw(body)) return body;
  if (encoding !== "json" && typeof body === "string") return body;
  return JSON.stringify(body);
};

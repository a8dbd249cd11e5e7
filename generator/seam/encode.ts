/** Writes what a handler answered, as its document declares that status. */

import { mediaTypeOf } from "./body.js";
import type { Check, DeclaredResponse, Encoding, Operation, Parameter, ResponseChecks } from "./contract.js";
import { writeHeaders } from "./headers.js";
import type { AnswerHeaders, RawAnswer } from "./policy.js";

/** What a handler answers, before its type is narrowed by an operation. */
export interface LooseAnswer {
  readonly status: number;
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
  readonly check: Check | undefined;
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
  const [mediaType = "application/json", encoding = "json"] = Object.entries(content)[0] ?? [];
  return {
    declared: key !== undefined,
    encoding,
    content,
    declaredHeaders: response?.headers ?? [],
    headers: { ...rules.headers, ...typeHeaders(mediaType, rules.htmlHeaders) },
    emptyHeaders: rules.headers,
    check: key === undefined ? undefined : rules.responses?.[key],
  };
};

const typeHeaders = (mediaType: string, htmlHeaders: AnswerHeaders): AnswerHeaders => {
  if (mediaType === "text/html") return { ...htmlHeaders, "content-type": "text/html; charset=utf-8" };
  // Readers of events know one encoding only, and some take no parameter.
  if (mediaType === "text/event-stream") return { "content-type": mediaType };
  return { "content-type": mediaType.startsWith("text/") ? `${mediaType}; charset=utf-8` : mediaType };
};

/** The answer as it leaves. */
export const encodeAnswer = (answer: LooseAnswer, plan: AnswerPlan, rules: EncodingRules): RawAnswer => {
  const { status, body } = answer;
  if (answer.headers === undefined) {
    if (body === undefined) return { status, headers: plan.emptyHeaders };
    return { status, headers: plan.headers, body: written(body, plan.encoding) };
  }
  const own = writeHeaders(plan.declaredHeaders, answer.headers);
  if (body === undefined) return { status, headers: { ...plan.emptyHeaders, ...own } };
  const chosen = own["content-type"];
  if (chosen === undefined) return { status, headers: { ...plan.headers, ...own }, body: written(body, plan.encoding) };
  const mediaType = mediaTypeOf(chosen);
  const encoding = plan.content[mediaType] ?? (typeof body === "string" ? "text" : plan.encoding);
  return {
    status,
    headers: { ...rules.headers, ...(mediaType === "text/html" ? rules.htmlHeaders : {}), ...own },
    body: written(body, encoding),
  };
};

const written = (body: unknown, encoding: Encoding): RawAnswer["body"] => {
  if (body instanceof Uint8Array || body instanceof ReadableStream) return body;
  if (encoding !== "json" && typeof body === "string") return body;
  return JSON.stringify(body);
};

/** Reads what a service answered, by what its document declares for that status. */

import { isBytes, isOneType, mediaTypeOf } from "./body.js";
import type { DeclaredResponse, Encoding, Operation, ResponseChecks } from "./contract.js";
import { checkOf, concrete, declaredAs, statusKey } from "./encode.js";
import { headerFault, readHeaders } from "./headers.js";
import { readBounded } from "./web.js";

/** An answer before its type is narrowed by an operation. */
export interface LooseReceived {
  readonly status: number;
  /** Where several media types are declared: the one that came. */
  readonly contentType?: string | undefined;
  readonly body: unknown;
  readonly headers: Headers;
  readonly declaredHeaders: Readonly<Record<string, unknown>>;
}

/** An answer that the document does not know: a status it does not declare, a header or a body that is not what it says. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";
  readonly operation: string;
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
  readonly headers: Headers;

  constructor(operation: string, response: Response, text: string, why: string) {
    super(`${operation} was answered ${response.status}: ${why}`);
    this.operation = operation;
    this.status = response.status;
    this.text = text.slice(0, 1_000);
    this.headers = response.headers;
  }
}

export interface ReadingRules {
  readonly maxBytes: number;
  readonly checks: ResponseChecks | undefined;
}

interface KnownAnswer {
  readonly key: string;
  readonly response: DeclaredResponse;
}

/**
 * What may answer a status, likeliest first: an exact status goes before a range, a range before `default`, and what is
 * declared before what is implicit. A status that is declared exactly has no other description.
 */
const knownFor = ({ responses, implicit }: Operation, status: number): readonly KnownAnswer[] => {
  const [declared, other] = [responses, implicit].map((table): KnownAnswer | undefined => {
    const key = statusKey(table, status);
    const response = key === undefined ? undefined : table[key];
    return key === undefined || response === undefined ? undefined : { key, response };
  });
  if (declared === undefined || other === undefined) return [declared ?? other].filter((one) => one !== undefined);
  if (declared.key === String(status) || declared.key === other.key) return [declared];
  const otherIsNarrower = other.key === String(status) || declared.key === "default";
  return otherIsNarrower ? [other, declared] : [declared, other];
};

/** The likeliest whose body has the media type of the answer, else the likeliest. */
const declaredFor = (operation: Operation, { status, headers }: Response): KnownAnswer | undefined => {
  const known = knownFor(operation, status);
  const mediaType = mediaTypeOf(headers.get("content-type") ?? undefined);
  return known.find(({ response }) => Object.hasOwn(response.content, mediaType)) ?? known[0];
};

/** Reads an answer to its end, unless it is a stream. Throws {@link UnexpectedAnswer}. */
export const readAnswer = async (
  operation: Operation,
  response: Response,
  rules: ReadingRules,
): Promise<LooseReceived> => {
  const { status, headers } = response;
  const mediaType = mediaTypeOf(headers.get("content-type") ?? undefined);
  const declared = declaredFor(operation, response);
  const declaredHeaders = readHeaders(declared?.response.headers ?? [], headers);
  const fault = declared && headerFault(declaredHeaders, rules.checks, declared.key);
  const stream = streamOf(operation, response, mediaType);
  if (stream !== undefined) {
    if (fault === undefined)
      return { status, headers, declaredHeaders, body: stream, ...typed(operation, response, mediaType) };
    void response.body?.cancel().catch(() => undefined);
    throw new UnexpectedAnswer(operation.id, response, "", fault);
  }
  const bytes = response.body === null ? new Uint8Array() : await readBounded(response.body, rules.maxBytes);
  if (bytes === undefined)
    throw new UnexpectedAnswer(operation.id, response, "", `the body exceeds ${rules.maxBytes} bytes`);
  if (declared === undefined) {
    throw new UnexpectedAnswer(
      operation.id,
      response,
      lenient.decode(bytes),
      "the document does not declare this status",
    );
  }
  if (fault !== undefined) throw new UnexpectedAnswer(operation.id, response, lenient.decode(bytes), fault);
  const body = decode(operation, declared.response, response, bytes);
  const violation = checkOf(rules.checks, declared.key, keyFor(declared.response.content, mediaType))?.(body);
  if (violation !== undefined) {
    throw new UnexpectedAnswer(
      operation.id,
      response,
      lenient.decode(bytes),
      `the body at ${violation.path || "its top"} ${violation.message}`,
    );
  }
  return { status, headers, declaredHeaders, body, ...typed(operation, response, mediaType) };
};

/** The key under which what came is declared; the first one where the type is strange. */
const keyFor = (content: DeclaredResponse["content"], mediaType: string): string => {
  const key = declaredAs(content, mediaType);
  return Object.hasOwn(content, key) ? key : (Object.keys(content)[0] ?? key);
};

/** An answer whose end nobody waits for: bytes are there even where there are none of them. */
const streamOf = (
  operation: Operation,
  response: Response,
  mediaType: string,
): ReadableStream<Uint8Array> | undefined => {
  const content = declaredFor(operation, response)?.response.content ?? {};
  if (!isBytes(content[keyFor(content, mediaType)])) return undefined;
  return response.body ?? new Blob([]).stream();
};

/** Which of several media types came. */
const typed = (operation: Operation, response: Response, mediaType: string): { readonly contentType?: string } => {
  const content = declaredFor(operation, response)?.response.content ?? {};
  if (isOneType(content) || Object.keys(content).length === 0) return {};
  const key = keyFor(content, mediaType);
  return { contentType: key.includes("*") ? mediaType || concrete(key) : key };
};

const lenient = new TextDecoder();

const decode = (operation: Operation, declared: DeclaredResponse, response: Response, bytes: Uint8Array): unknown => {
  const mediaType = mediaTypeOf(response.headers.get("content-type") ?? undefined);
  const declaredEncodings = Object.values(declared.content);
  if (declaredEncodings.length === 0) return undeclaredBody(mediaType, bytes);
  const encoding: Encoding | undefined = declared.content[keyFor(declared.content, mediaType)];
  const text = lenient.decode(bytes);
  if (encoding !== "json") return text;
  const value = parsed(text);
  if (value !== undefined) return value;
  // A proxy's page, most often: what it is says more than what it is not.
  const isAnother = mediaType !== "" && !Object.hasOwn(declared.content, mediaType);
  const wanted = Object.keys(declared.content).join(" or ");
  const fault = isAnother ? `the body is ${mediaType}, not ${wanted}` : "the body is not JSON";
  throw new UnexpectedAnswer(operation.id, response, text, fault);
};

/** Where the document says nothing about a body: JSON if it is, else text; undefined when there is none. */
const undeclaredBody = (mediaType: string, bytes: Uint8Array): unknown => {
  if (bytes.length === 0) return undefined;
  const text = lenient.decode(bytes);
  const looksLikeJson = mediaType === "" || mediaType.endsWith("json") || text.trimStart().startsWith("{");
  return (looksLikeJson ? parsed(text) : undefined) ?? text;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What an answer must be: declared by the document, and shaped as declared. */

import { mediaTypeOf } from "../seam/body.js";
import type { Operation, ResponseChecks } from "../seam/contract.js";
import { checkOf, declaredAs, statusKey } from "../seam/encode.js";
import { headerFault, readHeaders } from "../seam/headers.js";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Something that a server did and should not. */
export interface Fault {
  readonly kind:
    | "server-error"
    | "undeclared-status"
    | "undeclared-type"
    | "not-json"
    | "broken-body"
    | "broken-header"
    | "accepted"
    | "let-in"
    | "hang"
    | "no-answer";
  readonly message: string;
}

function bodyFault(
  status: number,
  { headers, text }: Answered,
  content: Readonly<Record<string, string>>,
  check: ResponseChecks[string] | undefined,
): Fault | undefined {
  const types = Object.keys(content);
  const contentType = headers.get("content-type") ?? "";
  if (types.length === 0 || (text === "" && contentType === "" && check === undefined)) return undefined;
  const mediaType = mediaTypeOf(contentType);
  const encoding = content[mediaType];
  if (encoding === undefined) {
    const covered = types.some(
      (type) => type === "*/*" || (type.endsWith("/*") && mediaType.startsWith(type.slice(0, -1))),
    );
    if (covered) return undefined;
    const is = mediaType === "" ? "has no type" : `is ${mediaType}`;
    return { kind: "undeclared-type", message: `the body of ${status} ${is}; declared: ${types.join(", ")}` };
  }
  if (encoding === "bytes" || encoding === "stream") return undefined;
  const parsed = encoding === "json" ? parsedJson(text) : { value: text };
  if (parsed === undefined) return { kind: "not-json", message: `the body of ${status} is not JSON` };
  const violation = check?.(parsed.value);
  if (violation === undefined) return undefined;
  return { kind: "broken-body", message: `${violation.path || "the body"} of ${status} ${violation.message}` };
}

function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Every fault of an answer; none when it is as the document says. */
export function judge(operation: Operation, checks: ResponseChecks, answered: Answered): readonly Fault[] {
  const { status } = answered;
  // That servers may fail is often declared for all operations at once; that they do is worth knowing even so.
  if (status === 500 && !Object.hasOwn(operation.responses, "500"))
    return [{ kind: "server-error", message: "the server failed with 500" }];
  const keys = [statusKey(operation.responses, status), statusKey(operation.implicit, status)];
  const known = keys.filter((key) => key !== undefined);
  if (known.length === 0) return [{ kind: "undeclared-status", message: `${status} is not declared` }];
  // Where both the operation and dispatch declare a status, an answer may be either's.
  const [faults = [], ...others] = known.map((key) => faultsAs(key, operation, checks, answered));
  return others.some(({ length }) => length === 0) ? [] : faults;
}

/** The faults of an answer that is meant to be the declared one of this key. */
function faultsAs(key: string, operation: Operation, checks: ResponseChecks, answered: Answered): readonly Fault[] {
  const { status } = answered;
  const { content, headers } = operation.responses[key] ?? operation.implicit[key] ?? { content: {} };
  const ofHeaders = headerFault(readHeaders(headers ?? [], answered.headers), checks, key);
  const declared = declaredAs(content, answered.headers.get("content-type") ?? "");
  const ofBody =
    operation.method === "HEAD" ? undefined : bodyFault(status, answered, content, checkOf(checks, key, declared));
  return [
    ...(ofHeaders === undefined ? [] : [{ kind: "broken-header", message: `${status}: ${ofHeaders}` } as const]),
    ...(ofBody === undefined ? [] : [ofBody]),
  ];
}

/** What the protocol answers to each problem that dispatch can run into. */

import type { Operation, Violation } from "../../generated/seam/contract.js";
import { describeProblem, type Part, type Problem, type RawAnswer } from "../../generated/seam/server.js";
import { invalidParam, missingParam, missingParams, ProtocolError, protocolError } from "../protocol/errors.js";
import { htmlHeaders } from "./headers.js";

/** Which of the two APIs' codes are spoken: they name a missing field and a missing token differently. */
export type Codes = "identity" | "client-server";

/** The first version of the identity service: it takes forms, and forgives what later versions refuse. */
export const isV1 = (operation: Operation): boolean => operation.path.startsWith("/_matrix/identity/api/v1");

/**
 * The protocol's error for a problem; undefined where the server itself is to blame, which the caller has to log
 * and to answer as M_UNKNOWN.
 */
export const protocolErrorOf = (codes: Codes, problem: Problem): ProtocolError | undefined => {
  switch (problem.kind) {
    case "unknown-path":
    case "unimplemented":
      return protocolError("M_UNRECOGNIZED");
    case "wrong-method": {
      const allow = problem.allow.join(", ");
      return protocolError("M_UNRECOGNIZED", {
        status: 405,
        error: `This endpoint takes ${allow}.`,
        headers: { allow },
      });
    }
    case "not-json":
      return protocolError("M_NOT_JSON");
    case "too-deep":
      return protocolError("M_BAD_JSON", { error: "The body is nested too deeply." });
    case "missing":
      return codes === "identity" ? missingParams([problem.name]) : missingParam(problem.name);
    case "invalid":
      return invalid(problem.in, problem.violation);
    case "malformed":
    case "repeated":
    case "not-multipart":
      return protocolError("M_INVALID_PARAM", { error: sentence(describeProblem(problem).error) });
    case "unsupported-media-type":
      return protocolError("M_UNRECOGNIZED", { status: 415, error: sentence(describeProblem(problem).error) });
    case "too-large":
      return protocolError("M_TOO_LARGE", { error: sentence(describeProblem(problem).error) });
    case "thrown":
      return problem.error instanceof ProtocolError ? problem.error : undefined;
    case "undeclared-answer":
      return undefined;
  }
};

/** A body that is no object at all is wrong as JSON; everything inside it is a parameter. */
const invalid = (part: Part, violation: Violation): ProtocolError => {
  if (part === "body" && violation.path === "" && violation.keyword === "type") return protocolError("M_BAD_JSON");
  const name = violation.path === "" ? `The ${part}` : violation.path.slice(1).replaceAll("/", ".");
  return invalidParam(name, violation.message);
};

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** An error as it goes over the wire. */
export const errorAnswer = (error: ProtocolError): RawAnswer => ({
  status: error.status,
  headers: { "content-type": "application/json", ...lowerCased(error.headers) },
  body: JSON.stringify(error.body),
});

/** The same for a person. */
export const errorPageAnswer = ({ status, headers }: ProtocolError, html: string): RawAnswer => ({
  status,
  headers: { ...htmlHeaders, "content-type": "text/html; charset=utf-8", ...lowerCased(headers) },
  body: html,
});

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

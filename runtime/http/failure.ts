/** What is told of a failure: to the log enough to find it, to the caller its number. */

import type { Exchange, Problem, RawAnswer } from "../../generated/seam/server.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { LogFields, Logger } from "../ports/logger.js";
import { type ProtocolError, protocolError } from "../protocol/errors.js";
import { errorAnswer } from "./errors.js";

/** Writes the failure down and answers M_UNKNOWN with the request's id. */
export const answerFailure = (
  log: Logger,
  requestId: string,
  problem: Problem,
  exchange: Exchange<unknown>,
): RawAnswer => {
  log.error("a request failed", {
    requestId,
    method: exchange.request.method,
    operation: exchange.operation?.id,
    ...fieldsOf(problem),
  });
  const error = `Something went wrong in the server. Its operator finds out what by this number: ${requestId}`;
  const answer = errorAnswer(protocolError("M_UNKNOWN", { error }));
  return { ...answer, headers: { ...answer.headers, "x-request-id": requestId } };
};

/** The caller learns that a mail could not be sent, for example; why it could not is the operator's to know. */
export const noteCause = (
  log: Logger,
  requestId: string,
  { errcode, cause }: ProtocolError,
  { operation }: Exchange<unknown>,
): void =>
  log.warn("a request was refused for a reason that lies here", {
    requestId,
    operation: operation?.id,
    errcode,
    ...errorFields(cause),
  });

/** Nobody is left to be told: the answer was none that HTTP can carry, or there was no connection to begin with. */
export const noteUnsent = (log: Logger, error: unknown): void =>
  log.error("an answer could not be sent, or a connection not be taken", errorFields(error));

const fieldsOf = (problem: Problem): LogFields => {
  if (problem.kind === "thrown") return errorFields(problem.error);
  if (problem.kind !== "undeclared-answer") return { problem: problem.kind };
  const { status, violation } = problem;
  const wrong =
    violation === undefined ? "the document does not declare this status" : `${violation.path} ${violation.message}`;
  return { problem: problem.kind, status, wrong };
};

const errorFields = (error: unknown): LogFields => {
  if (typeof error === "string") return { message: withoutSecrets(error) };
  if (!(error instanceof Error)) return { error: typeof error };
  const cause =
    error.cause instanceof Error ? `${error.cause.name}: ${withoutSecrets(error.cause.message)}` : undefined;
  // Its words are meant for this log, and say all: where in the program it arose helps nobody.
  if (error instanceof DeliveryError) return { error: error.name, message: error.message, cause };
  return { error: error.name, message: withoutSecrets(error.message), cause, at: frames(error) };
};

/** The call stack without its first lines, which repeat the message. */
const frames = (error: Error): string =>
  (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim())
    .join("; ");

/**
 * Whoever throws may have put anything into a message: queries are cut, and what looks like an address, a phone
 * number, a token or a key is struck out.
 */
export const withoutSecrets = (message: string): string =>
  message
    .slice(0, 500)
    .replaceAll(/\?\S*/g, "?…")
    .replaceAll(/[^\s"'<>@]{1,200}@[^\s"'<>@]{1,200}/g, "…@…")
    .replaceAll(/[A-Za-z0-9+/_=.-]{24,}/g, "…")
    .replaceAll(/\+?\d{7,}/g, "…");

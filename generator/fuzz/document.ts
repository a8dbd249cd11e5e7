/** Whether a request is one that the document of its operation allows, by the checks that a generated server makes. */

import { memberOf } from "../member.js";
import type { Operation, RequestChecks } from "../seam/contract.js";
import { createDispatch } from "../seam/dispatch.js";
import { describeProblem, type Problem, type RawRequest } from "../seam/policy.js";
import type { Sent } from "./sent.js";

/** What a document forbids. Limits of size and depth, repeated keys and broken escapes are a server's own matter. */
const forbidden: ReadonlySet<Problem["kind"]> = new Set(["missing", "invalid", "not-json", "unsupported-media-type"]);

const rawOf = ({ method, target, headers, body }: Sent): RawRequest => ({
  method,
  target,
  header: (name) => memberOf(headers, name),
  body: () => body,
  signal: new AbortController().signal,
});

/** Tells of a request why the document forbids it; nothing where it is allowed, or where the document is silent. */
export type Forbids = (sent: Sent) => Promise<string | undefined>;

export function documentOf(operation: Operation, checks: RequestChecks): Forbids {
  const answer = createDispatch<undefined>(
    { [operation.id]: operation },
    { [operation.id]: checks },
    { [operation.id]: () => ({ status: 204 }) },
    {
      admit: () => undefined,
      problem: (problem) => ({
        status: 400,
        headers: {},
        body: forbidden.has(problem.kind) ? describeProblem(problem).error : "",
      }),
    },
    undefined,
  );
  return async (sent) => {
    const { body } = await answer(rawOf(sent));
    return typeof body === "string" && body !== "" ? body : undefined;
  };
}

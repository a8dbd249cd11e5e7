/**
 * The rules of a port that only the operator's own programs may reach: whoever gets in speaks for every user, and
 * browsers on this machine would get anywhere for a page of anybody's.
 */

import type { Observation, Policy, RawRequest } from "../../generated/seam/server.js";
import type { Logger } from "../ports/logger.js";
import type { RequestContext } from "../ports/requester.js";
import { protocolError } from "../protocol/errors.js";
import { parseServerName } from "../protocol/identifiers.js";
import { tokenHash } from "../protocol/tokens.js";
import { accessTokenOf } from "./credentials.js";
import { protocolPolicy } from "./policy.js";

export interface OperatorPolicyOptions {
  /** What every request has to bring as a bearer token; without one, requests to this machine's own names get in. */
  readonly secret: string | undefined;
  readonly log: Logger;
  readonly maxBodyBytes: number;
  /** Told of every answer: metrics. */
  readonly observe?: (observation: Observation<RequestContext<Operator>>) => void;
}

/** Whoever knows the secret, or is on this machine where there is none. */
export type Operator = "operator";

/** Whether a name needs no asking for: what does may lead anywhere, and a page of that name counts as our own. */
const isThisMachine = (host: string): boolean => {
  const name = parseServerName(host);
  return name !== undefined && (name.kind !== "dns" || name.host.toLowerCase() === "localhost");
};

const unauthorized = () => protocolError("M_UNAUTHORIZED", { error: "This needs the secret of this port." });

/** A page can send other types anywhere without asking first; and whoever asks first is told of no permission. */
const requireJson = (request: RawRequest): void => {
  if (/^application\/json\b/i.test(request.header("content-type") ?? "")) return;
  throw protocolError("M_UNRECOGNIZED", { status: 415, error: "The body must be application/json." });
};

export const operatorPolicy = ({ secret, ...options }: OperatorPolicyOptions): Policy<RequestContext<Operator>> => {
  // Hashes are compared: how long that takes tells nothing of the secret.
  const wanted = secret === undefined ? undefined : tokenHash(secret);

  const authenticate = (token: string): Operator => {
    if (wanted !== undefined && tokenHash(token) !== wanted) throw unauthorized();
    return "operator";
  };

  const requireAccess = (request: RawRequest): void => {
    if (wanted !== undefined && accessTokenOf(request) === undefined) throw unauthorized();
    // A page whose name leads to this machine for once can send anything here.
    if (wanted === undefined && !isThisMachine(request.header("host") ?? "")) {
      throw protocolError("M_FORBIDDEN", { error: "Without a secret this is reached as localhost or by address." });
    }
  };

  const policy = protocolPolicy<Operator>({ ...options, codes: "identity", authenticate, isForPages: false });
  return {
    ...policy,
    admit: async (admission) => {
      requireAccess(admission.request);
      const context = await policy.admit(admission);
      requireJson(admission.request);
      return context;
    },
  };
};

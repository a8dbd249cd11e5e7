import type { IdentityServerAnswer, IdentityServers, RemoteSubmission } from "../../ports/identity-servers.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Medium } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import type { TokenSubmission, Validation } from "../../validation/validation.js";
import type { Delegations } from "./delegations.js";
import type { TrustedServers } from "./identity-server-name.js";
import { relayedError } from "./relayed-answer.js";

export type SubmissionResult =
  | { readonly success: true }
  | { readonly success: false; readonly errcode: string; readonly error: string };

/**
 * Takes what a user typed. A session of our own is judged here; the token of one that an identity server keeps is
 * passed on to it, so that clients post to the same `submit_url` whoever validates.
 */
export type SubmitToken = (medium: Medium, submission: TokenSubmission) => Promise<SubmissionResult>;

interface SubmissionPorts {
  readonly validation: Pick<Validation, "submit">;
  readonly delegations: Delegations;
  readonly identityServers: IdentityServers;
  readonly limiter: Limiter;
  readonly trusted: TrustedServers;
}

/** As this API says it: an unknown session and a wrong secret are one invalid parameter. */
const failure = (errcode: string, error: string): SubmissionResult => ({
  success: false,
  errcode: errcode === "M_NO_VALID_SESSION" ? "M_INVALID_PARAM" : errcode,
  error,
});

const resultOf = (answer: IdentityServerAnswer<RemoteSubmission>): SubmissionResult => {
  if (answer.outcome === "answered") {
    const { success, errcode = "M_TOKEN_INCORRECT", error = "The token is not correct." } = answer.value;
    return success ? { success } : failure(errcode, error);
  }
  if (answer.outcome === "refused" && answer.status < 429) return failure(answer.errcode, answer.error);
  throw relayedError(answer);
};

export const tokenSubmission = (ports: SubmissionPorts): SubmitToken => {
  const { validation, delegations, identityServers, limiter, trusted } = ports;
  return async (medium, submission) => {
    const keeper = await delegations.keeperOf(medium, submission);
    if (keeper !== undefined && trusted.find(keeper.name) !== undefined) {
      await limitTo(limiter, "submit.address", `${keeper.name} ${submission.sid}`);
      return resultOf(await identityServers.submitToken(keeper, medium, submission));
    }
    const result = await validation.submit(medium, submission);
    return result.success ? { success: true } : failure(result.error.errcode, result.error.message);
  };
};

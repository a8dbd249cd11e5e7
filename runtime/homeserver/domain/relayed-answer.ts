import type { IdentityServerAnswer } from "../../ports/identity-servers.js";
import { limitExceeded, ProtocolError, protocolError } from "../../protocol/errors.js";

type Failure = Exclude<IdentityServerAnswer<unknown>, { readonly outcome: "answered" }>;

/** Codes about a token of the identity server, which a client would take for ones about its token here. */
const aboutTokens = new Set(["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"]);

const refusal = ({
  status,
  errcode,
  error,
  retryAfterMs,
}: Failure & { readonly outcome: "refused" }): ProtocolError => {
  if (status === 429) return limitExceeded(retryAfterMs ?? 1000);
  if (status >= 500) return new ProtocolError(502, errcode, error);
  if (status === 401) return new ProtocolError(403, aboutTokens.has(errcode) ? "M_UNAUTHORIZED" : errcode, error);
  return new ProtocolError(status, errcode, error);
};

/** An identity server's refusal as our own answer: its errcode and words, with a status that fits here. */
export const relayedError = (failure: Failure): ProtocolError => {
  switch (failure.outcome) {
    case "refused":
      return refusal(failure);
    case "unsupported":
      return protocolError("M_UNKNOWN", { status: 502, error: "The identity server does not support this." });
    case "unreachable":
      return protocolError("M_UNKNOWN", {
        status: 502,
        error: "The identity server could not be asked. Please try again later.",
        cause: failure.reason,
      });
  }
};

/** The value of an answer; everything else is thrown as {@link relayedError}. */
export const relayed = <Value>(answer: IdentityServerAnswer<Value>): Value => {
  if (answer.outcome === "answered") return answer.value;
  throw relayedError(answer);
};

/** Operations behind user-interactive authentication that a person's address opens: a new account, a new password. */

import type { AuthData } from "../../generated/client-server-v3/index.js";
import { interactiveAuth, noFlow, type Stages } from "./interactive-auth.js";
import type { Answered, Result } from "./result.js";
import {
  type Errand,
  type Fetch,
  type MessageCode,
  type MessageOptions,
  personStep,
  type Step,
  submissionTo,
  type Validation,
} from "./validation.js";

interface Plan<Answer extends Answered, Done extends object, Code extends string> {
  readonly medium: "email" | "msisdn";
  readonly stages: Stages | undefined;
  readonly fetch: Fetch | undefined;
  readonly request: Errand<Done, Code>["request"];
  readonly operation: (step: { readonly auth?: AuthData }, signal: AbortSignal | undefined) => Promise<Answer>;
  /** What the operation's answer comes to; those of stages that were not accepted, too. */
  readonly outcome: (answer: Answer) => Result<Done, Code>;
}

const stageOf = { email: "m.login.email.identity", msisdn: "m.login.msisdn" } as const;

/** The person's step before such an operation. What would refuse it anyway is told before a message is sent. */
export const addressStep = async <Answer extends Answered, Done extends object, Code extends string>(
  { medium, stages, fetch, request, operation, outcome }: Plan<Answer, Done, Code>,
  { validation, signal }: MessageOptions,
): Promise<Result<Step<Done, Code | "NO_FLOW">, Code | MessageCode | "NO_FLOW">> => {
  const stage = stageOf[medium];
  let proof: Validation | undefined;
  const credentials = () => ({ threepid_creds: { sid: proof?.sid, client_secret: proof?.clientSecret } });
  const auth = interactiveAuth(operation, { ...stages, [stage]: credentials }, stage);
  const begun = await auth.begin(signal);
  if (begun.outcome === "no flow") return noFlow;
  if (begun.outcome !== "begun") {
    const early = outcome(begun.answer);
    return early.ok ? noFlow : early;
  }
  return personStep<Done, Code | "NO_FLOW">(
    {
      request,
      submission: submissionTo(fetch),
      finish: async (confirmed, by) => {
        proof = confirmed;
        const attempt = await auth.attempt(by);
        if (attempt.outcome === "no flow") return noFlow;
        const isWaiting = attempt.outcome === "failed" && attempt.stage === stage;
        return isWaiting ? undefined : outcome(attempt.answer);
      },
    },
    { ...(validation === undefined ? {} : { validation }), ...(signal === undefined ? {} : { signal }) },
  );
};

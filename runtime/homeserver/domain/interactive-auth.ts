import type { AcceptedPolicy } from "../../ports/accepted-policies.js";
import type { Claim } from "../../ports/claims.js";
import type { InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Policies } from "../../protocol/terms.js";
import { limitTo } from "../../validation/dispatch.js";
import {
  completedStages,
  isComplete,
  type OpenSession,
  type OpenSessions,
  pendingAttempt,
  stageOutcomes,
} from "./open-sessions.js";
import { allParts, givenParts } from "./request-binding.js";
import type { AttemptFailure, AttemptStage } from "./stage-attempts.js";
import type { AuthAttempt, Flows, InteractiveOperation } from "./stages.js";
import type { ThreepidProof } from "./threepid-proof.js";

/** What the client must still do; the body of a 401. */
export interface Challenge {
  readonly session: string;
  readonly flows: Flows;
  readonly completed: readonly string[];
  readonly params: StageParams;
  /** Why the last attempt did not succeed. */
  readonly failure: AttemptFailure | undefined;
}

/** What a client has to know for stages of the flows. */
export interface StageParams {
  readonly captchaKey?: string | undefined;
  readonly policies?: Policies | undefined;
}

/** Leave to carry the operation out, once: the operation uses it up. */
export interface Authorised extends Claim {
  readonly outcome: "authorised";
  readonly session: string;
  readonly registrationToken: string | undefined;
  /** The account that the stages proved, where one did. */
  readonly mxid: string | undefined;
  /** Of that account, as each stage found it that proved it. */
  readonly passwordDigests: readonly (string | undefined)[];
  readonly proofs: readonly ThreepidProof[];
  readonly accepted: readonly AcceptedPolicy[];
}

export type Authorisation = Authorised | Challenged;

export interface Challenged {
  readonly outcome: "challenged";
  readonly challenge: Challenge;
}

export interface InteractiveAuth {
  /** Takes the attempt, if there is one, and tells whether the operation may be carried out now. */
  authorise(operation: InteractiveOperation, attempt: AuthAttempt | undefined): Promise<Authorisation>;
  /**
   * Asks for another registration token, since the one that was shown has ended before the operation. What was completed
   * after that stage is asked for again, too: a validated address may be shown by the same credentials.
   */
  askForToken(operation: InteractiveOperation, authorised: Authorised): Promise<Challenged>;
}

interface InteractiveAuthPorts {
  readonly limiter: Limiter;
  readonly interactiveSessions: InteractiveSessions;
  readonly openSessions: OpenSessions;
  readonly attemptStage: AttemptStage;
  /** What stages make of it that a flow asks for. */
  readonly offered: StageParams;
}

const authorised = (session: OpenSession): Authorised => {
  const outcomes = stageOutcomes(session);
  const proofs = outcomes.flatMap(({ proof }) => proof ?? []);
  return {
    outcome: "authorised",
    session: session.session,
    interactiveSession: session.hash,
    provenSessions: proofs.map(({ idServer, sid }) => ({ idServer, sid })),
    registrationToken: outcomes.find(({ registrationToken }) => registrationToken !== undefined)?.registrationToken,
    mxid: outcomes.find(({ mxid }) => mxid !== undefined)?.mxid,
    passwordDigests: outcomes.flatMap(({ mxid, passwordDigest }) => (mxid === undefined ? [] : [passwordDigest])),
    proofs,
    accepted: outcomes.flatMap(({ accepted }) => accepted ?? []),
  };
};

export const interactiveAuth = (ports: InteractiveAuthPorts): InteractiveAuth => {
  const { interactiveSessions, openSessions, attemptStage, limiter, offered } = ports;

  const challenge = (operation: InteractiveOperation, session: OpenSession, failure?: AttemptFailure): Challenged => {
    const { flows } = operation;
    const captchaKey = flows.flat().includes("m.login.recaptcha") ? offered.captchaKey : undefined;
    const params = { captchaKey, policies: session.offer.policies };
    const completed = completedStages(session);
    return { outcome: "challenged", challenge: { session: session.session, flows, completed, params, failure } };
  };

  /** Anybody may open sessions, and each is kept for a day. */
  const open = async (operation: InteractiveOperation): Promise<OpenSession> => {
    await limitTo(limiter, "interactive.ip", operation.clientIp);
    const { flows } = operation;
    // Kept, so that what is accepted is what was shown, whatever holds by then.
    const policies = flows.flat().includes("m.login.terms") ? offered.policies : undefined;
    return openSessions.open(operation, { flows, policies });
  };

  /**
   * The session of an attempt, unless it is unknown, over, used up, or was opened for another request or other flows:
   * what pages and stages offered in it leads nowhere once the operation asks for something else.
   */
  const resume = async (operation: InteractiveOperation, attempt: AuthAttempt): Promise<OpenSession | undefined> => {
    const session = attempt.session === undefined ? undefined : await openSessions.find(attempt.session);
    if (session === undefined || session.operation !== operation.name) return undefined;
    if (JSON.stringify(session.offer.flows) !== JSON.stringify(operation.flows)) return undefined;
    const settled = attempt.type !== undefined || session.pending !== undefined || session.completed.length > 0;
    const parts = settled ? allParts(session.session, operation) : givenParts(session.session, operation);
    return (await interactiveSessions.bind(session.hash, parts)) ? session : undefined;
  };

  const foreign = async (operation: InteractiveOperation): Promise<Challenged> =>
    challenge(operation, await open(operation), {
      errcode: "M_FORBIDDEN",
      error: "The session is unknown, over, used up, or belongs to another request. Start again with the new one.",
    });

  const begin = async (operation: InteractiveOperation, attempt: AuthAttempt): Promise<OpenSession> => {
    const session = await open(operation);
    if (attempt.type !== undefined) await interactiveSessions.bind(session.hash, allParts(session.session, operation));
    return session;
  };

  const answer = (operation: InteractiveOperation, session: OpenSession): Authorisation =>
    isComplete(operation.flows, completedStages(session)) ? authorised(session) : challenge(operation, session);

  return {
    async authorise(operation, attempt) {
      if (attempt === undefined) return challenge(operation, await open(operation));
      const resumed = await (attempt.session === undefined ? begin : resume)(operation, attempt);
      if (resumed === undefined) return foreign(operation);
      const current = attempt.type === undefined ? pendingAttempt(resumed) : attempt;
      if (current === undefined || isComplete(operation.flows, completedStages(resumed))) {
        return answer(operation, resumed);
      }
      const { session, failure } = await attemptStage(operation, resumed, current);
      if (session === undefined) return foreign(operation);
      return failure === undefined ? answer(operation, session) : challenge(operation, session, failure);
    },

    async askForToken(operation, { session, registrationToken }) {
      const shown = await openSessions.find(session);
      if (shown === undefined) return foreign(operation);
      // Not by its name alone: another request may have shown another token meanwhile.
      const ended = stageOutcomes(shown).findIndex((outcome) => outcome.registrationToken === registrationToken);
      const stage = shown.completed[ended];
      if (stage !== undefined) await interactiveSessions.reopen(shown.hash, stage);
      const reopened = await openSessions.find(session);
      if (reopened === undefined) return foreign(operation);
      const error = "This registration token is not valid any more. Please show another one.";
      return challenge(operation, reopened, { errcode: "M_FORBIDDEN", error });
    },
  };
};

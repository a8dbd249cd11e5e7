import type { InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { Random } from "../../ports/random.js";
import {
  completedStages,
  nextStages,
  type OpenSession,
  type OpenSessions,
  sealedFor,
  stageOutcomes,
} from "./open-sessions.js";
import { isStage, type Stage } from "./stage.js";
import type { AuthAttempt, StageCheck, StageOperation, StageOutcome } from "./stages.js";

/** Why an attempt did not succeed. */
export interface AttemptFailure {
  readonly errcode: string;
  readonly error: string;
}

export interface AttemptedStage {
  /** As it is now; undefined when it was used up meanwhile. */
  readonly session: OpenSession | undefined;
  readonly failure?: AttemptFailure | undefined;
}

/** Takes one attempt at a stage in a session, and records the stage when it is completed. */
export type AttemptStage = (
  operation: StageOperation,
  session: OpenSession,
  attempt: AuthAttempt,
) => Promise<AttemptedStage>;

interface AttemptPorts {
  readonly interactiveSessions: InteractiveSessions;
  readonly openSessions: OpenSessions;
  readonly random: Random;
  readonly checks: Readonly<Record<Stage, StageCheck>>;
}

const forbidden = (error: string): AttemptFailure => ({ errcode: "M_FORBIDDEN", error });

/** Stages that prove accounts must prove the same one. */
const contradicts = (session: OpenSession, { mxid }: StageOutcome): boolean =>
  mxid !== undefined && stageOutcomes(session).some((other) => other.mxid !== undefined && other.mxid !== mxid);

export const stageAttempts = ({ interactiveSessions, openSessions, random, checks }: AttemptPorts): AttemptStage => {
  const record = async (session: OpenSession, stage: Stage, outcome: StageOutcome): Promise<AttemptedStage> => {
    const completed = { stage, outcome: sealedFor(session, random, outcome) };
    if (await interactiveSessions.complete(session.hash, session.completed.length, completed)) {
      return { session: { ...session, completed: [...session.completed, completed], pending: undefined } };
    }
    return { session: await openSessions.find(session.session) };
  };

  return async (operation, session, attempt) => {
    const completed = completedStages(session);
    if (!isStage(attempt.type)) {
      return { session, failure: { errcode: "M_UNRECOGNIZED", error: "This server does not know that stage." } };
    }
    if (completed.includes(attempt.type)) {
      return { session, failure: forbidden("This stage is complete already.") };
    }
    if (!nextStages(operation.flows, completed).includes(attempt.type)) {
      return { session, failure: forbidden("This stage is not the next one of any flow.") };
    }
    const result = await checks[attempt.type](attempt, operation, session);
    if (result.outcome === "failed") {
      if (result.pending)
        await interactiveSessions.keepPending(session.hash, sealedFor(session, random, keptAttempt(attempt)));
      return { session, failure: { errcode: result.errcode, error: result.error } };
    }
    const { outcome: _, ...outcome } = result;
    if (contradicts(session, outcome)) {
      return { session, failure: forbidden("The stages belong to different accounts.") };
    }
    return record(session, attempt.type, outcome);
  };
};

/** The attempt without what opens more than this session. */
const keptAttempt = ({ type, session, threepidCreds }: AuthAttempt): AuthAttempt => ({
  type,
  session,
  threepidCreds: threepidCreds === undefined ? undefined : { ...threepidCreds, idAccessToken: undefined },
});

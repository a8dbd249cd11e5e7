import type { ProvenSession } from "../../ports/accounts.js";
import type { Clock } from "../../ports/clock.js";
import type { InteractiveSession, InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Random } from "../../ports/random.js";
import { newSid, tokenHash } from "../../protocol/tokens.js";
import { limitTo } from "../../validation/dispatch.js";
import { allParts, givenParts } from "./request-binding.js";
import { isStage, type Stage } from "./stage.js";
import type { AuthAttempt, InteractiveOperation, StageCheck, StageOutcome } from "./stages.js";
import type { ThreepidProof } from "./threepid-proof.js";

/** From its opening on, whatever happens in it. */
export const interactiveSessionLifeMs = 24 * 60 * 60 * 1000;

/** What the client must still do; the body of a 401. */
export interface Challenge {
  readonly session: string;
  readonly flows: readonly (readonly Stage[])[];
  readonly completed: readonly string[];
  /** Why the last attempt did not succeed. */
  readonly failure: { readonly errcode: string; readonly error: string } | undefined;
}

/** Leave to carry the operation out, once. */
export interface Authorised {
  readonly outcome: "authorised";
  /** What the operation must use up in the transaction that carries it out. */
  readonly interactiveSession: string;
  readonly provenSessions: readonly ProvenSession[];
  /** The account that the stages proved, where one did. */
  readonly mxid: string | undefined;
  readonly proofs: readonly ThreepidProof[];
}

export type Authorisation = Authorised | Challenged;

export interface Challenged {
  readonly outcome: "challenged";
  readonly challenge: Challenge;
}

export interface InteractiveAuth {
  /** Takes the attempt, if there is one, and tells whether the operation may be carried out now. */
  authorise(operation: InteractiveOperation, attempt: AuthAttempt | undefined): Promise<Authorisation>;
}

interface InteractiveAuthPorts {
  readonly limiter: Limiter;
  readonly interactiveSessions: InteractiveSessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly checks: Readonly<Record<Stage, StageCheck>>;
}

/** A session as the client knows it, with what the server keeps of it. */
interface Open extends InteractiveSession {
  readonly session: string;
  readonly hash: string;
}

type Failure = NonNullable<Challenge["failure"]>;

const completedNames = (session: Open): readonly string[] => session.completed.map(({ stage }) => stage);

const startsWith = (flow: readonly string[], completed: readonly string[]): boolean =>
  completed.every((stage, position) => flow[position] === stage);

/** Stages go in the order of their flow: these are the ones that may follow. */
const nextStages = ({ flows }: InteractiveOperation, completed: readonly string[]): readonly string[] =>
  flows.flatMap((flow) => (startsWith(flow, completed) ? flow.slice(completed.length, completed.length + 1) : []));

/** An operation without flows can never be carried out: nothing succeeds without authentication. */
const isComplete = ({ flows }: InteractiveOperation, completed: readonly string[]): boolean =>
  flows.some((flow) => flow.length > 0 && flow.length === completed.length && startsWith(flow, completed));

const outcomesOf = (session: Open): readonly StageOutcome[] =>
  session.completed.map(({ outcome }) => JSON.parse(outcome) as StageOutcome); // written by this file alone

const challenge = (operation: InteractiveOperation, session: Open, failure?: Failure): Challenged => ({
  outcome: "challenged",
  challenge: { session: session.session, flows: operation.flows, completed: completedNames(session), failure },
});

const authorised = (session: Open): Authorised => {
  const outcomes = outcomesOf(session);
  const proofs = outcomes.flatMap(({ proof }) => (proof === undefined ? [] : [proof]));
  return {
    outcome: "authorised",
    interactiveSession: session.hash,
    provenSessions: proofs.map(({ idServer, sid }) => ({ idServer, sid })),
    mxid: outcomes.find(({ mxid }) => mxid !== undefined)?.mxid,
    proofs,
  };
};

/** Stages that prove accounts must prove the same one. */
const contradicts = (session: Open, { mxid }: StageOutcome): boolean =>
  mxid !== undefined && outcomesOf(session).some((other) => other.mxid !== undefined && other.mxid !== mxid);

export const interactiveAuth = (ports: InteractiveAuthPorts): InteractiveAuth => {
  const { interactiveSessions, limiter, clock, random, checks } = ports;
  /** Anybody may open sessions, and each is kept for a day. */
  const open = async (operation: InteractiveOperation): Promise<Open> => {
    await limitTo(limiter, "interactive.ip", operation.clientIp);
    const session = newSid(random);
    const hash = tokenHash(session);
    const createdAt = clock.now();
    await interactiveSessions.open(hash, operation.name, createdAt);
    await interactiveSessions.bind(hash, givenParts(session, operation));
    return { session, hash, operation: operation.name, createdAt, used: false, completed: [], pending: undefined };
  };

  const find = async (session: string): Promise<Open | undefined> => {
    const hash = tokenHash(session);
    const kept = await interactiveSessions.find(hash);
    return kept === undefined ? undefined : { ...kept, session, hash };
  };

  /** The session of an attempt, unless it is unknown, over, used up, or was opened for another request. */
  const resume = async (operation: InteractiveOperation, attempt: AuthAttempt): Promise<Open | undefined> => {
    const session = attempt.session === undefined ? undefined : await find(attempt.session);
    if (session === undefined || session.used || session.operation !== operation.name) return undefined;
    if (clock.now() - session.createdAt >= interactiveSessionLifeMs) return undefined;
    const settled = attempt.type !== undefined || session.pending !== undefined || session.completed.length > 0;
    const parts = settled ? allParts(session.session, operation) : givenParts(session.session, operation);
    return (await interactiveSessions.bind(session.hash, parts)) ? session : undefined;
  };

  /** Records a completed stage, and answers the session with it; undefined when the session is used up meanwhile. */
  const record = async (session: Open, stage: Stage, outcome: StageOutcome): Promise<Open | undefined> => {
    const completed = { stage, outcome: JSON.stringify(outcome) };
    if (await interactiveSessions.complete(session.hash, session.completed.length, completed)) {
      return { ...session, completed: [...session.completed, completed], pending: undefined };
    }
    const current = await find(session.session);
    return current === undefined || current.used ? undefined : current;
  };

  const attemptStage = async (
    operation: InteractiveOperation,
    session: Open,
    attempt: AuthAttempt,
  ): Promise<{ readonly session: Open | undefined; readonly failure?: Failure }> => {
    const completed = completedNames(session);
    if (!isStage(attempt.type)) {
      return { session, failure: { errcode: "M_UNRECOGNIZED", error: "This server does not know that stage." } };
    }
    if (completed.includes(attempt.type)) {
      return { session, failure: { errcode: "M_FORBIDDEN", error: "This stage is complete already." } };
    }
    if (!nextStages(operation, completed).includes(attempt.type)) {
      return { session, failure: { errcode: "M_FORBIDDEN", error: "This stage is not the next one of any flow." } };
    }
    const result = await checks[attempt.type](attempt, operation);
    if (result.outcome === "failed") {
      if (result.pending) await interactiveSessions.keepPending(session.hash, JSON.stringify(keptAttempt(attempt)));
      return { session, failure: { errcode: result.errcode, error: result.error } };
    }
    const { outcome: _, ...outcome } = result;
    if (contradicts(session, outcome)) {
      return { session, failure: { errcode: "M_FORBIDDEN", error: "The stages belong to different accounts." } };
    }
    return { session: await record(session, attempt.type, outcome) };
  };

  const foreign = async (operation: InteractiveOperation): Promise<Challenged> =>
    challenge(operation, await open(operation), {
      errcode: "M_FORBIDDEN",
      error: "The session is unknown, over, used up, or belongs to another request. Start again with the new one.",
    });

  const begin = async (operation: InteractiveOperation, attempt: AuthAttempt): Promise<Open> => {
    const session = await open(operation);
    if (attempt.type !== undefined) await interactiveSessions.bind(session.hash, allParts(session.session, operation));
    return session;
  };

  return {
    async authorise(operation, attempt) {
      if (attempt === undefined) return challenge(operation, await open(operation));
      const resumed = await (attempt.session === undefined ? begin : resume)(operation, attempt);
      if (resumed === undefined) return foreign(operation);
      const current = attempt.type === undefined ? pendingAttempt(resumed) : attempt;
      if (current === undefined || isComplete(operation, completedNames(resumed))) {
        return isComplete(operation, completedNames(resumed)) ? authorised(resumed) : challenge(operation, resumed);
      }
      const { session, failure } = await attemptStage(operation, resumed, current);
      if (session === undefined) return foreign(operation);
      if (failure !== undefined) return challenge(operation, session, failure);
      return isComplete(operation, completedNames(session)) ? authorised(session) : challenge(operation, session);
    },
  };
};

/** The attempt without what opens more than this session. */
const keptAttempt = ({ type, session, threepidCreds }: AuthAttempt): AuthAttempt => ({
  type,
  session,
  threepidCreds: threepidCreds === undefined ? undefined : { ...threepidCreds, idAccessToken: undefined },
});

/** What the client tried before its user opened the link: it may ask again with the session alone. */
const pendingAttempt = ({ pending }: Open): AuthAttempt | undefined =>
  pending === undefined ? undefined : (JSON.parse(pending) as AuthAttempt); // written by this file alone

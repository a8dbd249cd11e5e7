import type { Clock } from "../../ports/clock.js";
import type { InteractiveSession, InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { Random } from "../../ports/random.js";
import { openSealedText, sealText } from "../../protocol/sealed-text.js";
import { newSid, tokenHash } from "../../protocol/tokens.js";
import { givenParts } from "./request-binding.js";
import type { AuthAttempt, Flows, InteractiveOperation, Offer, OperationName, StageOutcome } from "./stages.js";

/** From its opening on, whatever happens in it. */
export const interactiveSessionLifeMs = 24 * 60 * 60 * 1000;

/** A session as the client knows it, with what the server keeps of it. */
export interface OpenSession extends Omit<InteractiveSession, "operation" | "offer"> {
  readonly session: string;
  readonly hash: string;
  readonly operation: OperationName;
  readonly offer: Offer;
}

export interface OpenSessions {
  open(operation: InteractiveOperation, offer: Offer): Promise<OpenSession>;
  /** Undefined for one that is unknown, over or used up. */
  find(session: string): Promise<OpenSession | undefined>;
}

interface OpenSessionPorts {
  readonly interactiveSessions: InteractiveSessions;
  readonly clock: Clock;
  readonly random: Random;
}

export const openSessions = ({ interactiveSessions, clock, random }: OpenSessionPorts): OpenSessions => ({
  async open(operation, offer) {
    const session = newSid(random);
    const hash = tokenHash(session);
    const opened = { operation: operation.name, createdAt: clock.now() };
    await interactiveSessions.open({ ...opened, hash, offer: JSON.stringify(offer) });
    await interactiveSessions.bind(hash, givenParts(session, operation));
    return { ...opened, session, hash, offer, used: false, completed: [], pending: undefined };
  },

  async find(session) {
    const hash = tokenHash(session);
    const kept = await interactiveSessions.find(hash);
    if (kept === undefined || kept.used) return undefined;
    if (clock.now() - kept.createdAt >= interactiveSessionLifeMs) return undefined;
    // Both were written by this file alone.
    return {
      ...kept,
      session,
      hash,
      operation: kept.operation as OperationName,
      offer: JSON.parse(kept.offer) as Offer,
    };
  },
});

/** The stages that were completed, in order. */
export const completedStages = ({ completed }: Pick<OpenSession, "completed">): readonly string[] =>
  completed.map(({ stage }) => stage);

type Sealing = Pick<OpenSession, "session">;

/**
 * What a client showed and what that proved, as it is kept with the session: under the session's name, of which the hash
 * alone is kept. It holds the secrets of validation sessions.
 */
export const sealedFor = ({ session }: Sealing, random: Random, kept: StageOutcome | AuthAttempt): string =>
  sealText(random, JSON.stringify(kept), session);

const opened = ({ session }: Sealing, sealed: string): unknown => {
  const kept = openSealedText(sealed, session);
  if (kept === undefined) throw new Error("what is kept with an interactive session was not sealed for it");
  return JSON.parse(kept);
};

export const stageOutcomes = (session: Pick<OpenSession, "completed" | "session">): readonly StageOutcome[] =>
  session.completed.map(({ outcome }) => opened(session, outcome) as StageOutcome); // sealed by stage-attempts.ts alone

/** What the client tried before its user opened the link: it may ask again with the session alone. */
export const pendingAttempt = (session: Pick<OpenSession, "pending" | "session">): AuthAttempt | undefined =>
  session.pending === undefined ? undefined : (opened(session, session.pending) as AuthAttempt); // as above

const startsWith = (flow: readonly string[], completed: readonly string[]): boolean =>
  completed.every((stage, position) => flow[position] === stage);

/** Stages go in the order of their flow: these are the ones that may follow. */
export const nextStages = (flows: Flows, completed: readonly string[]): readonly string[] =>
  flows.flatMap((flow) => (startsWith(flow, completed) ? flow.slice(completed.length, completed.length + 1) : []));

/** An operation without flows can never be carried out: nothing succeeds without authentication. */
export const isComplete = (flows: Flows, completed: readonly string[]): boolean =>
  flows.some((flow) => flow.length > 0 && flow.length === completed.length && startsWith(flow, completed));

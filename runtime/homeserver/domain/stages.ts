import type { AccountIdentifier } from "./account-identifier.js";
import type { Stage } from "./stage.js";
import type { ThreepidCredentials, ThreepidProof } from "./threepid-proof.js";

/** What a client sends as `auth`. */
export interface AuthAttempt {
  /** The stage that the client attempts; absent when it only asks whether it was completed elsewhere. */
  readonly type: string | undefined;
  readonly session: string | undefined;
  readonly identifier?: AccountIdentifier | undefined;
  readonly password?: string | undefined;
  readonly threepidCreds?: ThreepidCredentials | undefined;
}

/** What a completed stage proved: whose account it is, or that a threepid is the client's. */
export interface StageOutcome {
  readonly mxid?: string | undefined;
  readonly proof?: ThreepidProof | undefined;
}

export type StageResult =
  | ({ readonly outcome: "completed" } & StageOutcome)
  | {
      readonly outcome: "failed";
      readonly errcode: string;
      readonly error: string;
      /** The same attempt succeeds once the user has opened the mail's link, so it is kept with the session. */
      readonly pending?: boolean;
    };

/** What a client wants to do, and what it must have completed before it may. */
export interface InteractiveOperation {
  readonly name: "register" | "password" | "deactivate";
  /** Alternatives, each a list of stages in order. */
  readonly flows: readonly (readonly Stage[])[];
  /** Who asks, if anybody is logged in. */
  readonly caller: string | undefined;
  /** What makes the request this one and no other: completed stages are good for exactly these values. */
  readonly parts: Readonly<Record<string, string | undefined>>;
  readonly clientIp: string;
}

/** Checks one attempt at a stage. */
export type StageCheck = (attempt: AuthAttempt, operation: InteractiveOperation) => Promise<StageResult>;

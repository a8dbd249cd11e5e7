import type { AcceptedPolicy } from "../../ports/accepted-policies.js";
import type { Policies } from "../../protocol/terms.js";
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
  /** A registration token. */
  readonly token?: string | undefined;
  /** What a captcha's widget answered. */
  readonly response?: string | undefined;
}

/** What a completed stage proved: whose account it is, or that a threepid is the client's; or what it brought along. */
export interface StageOutcome {
  readonly mxid?: string | undefined;
  /** Beside `mxid`, where the account had a password: the proof holds as long as it has this one. */
  readonly passwordDigest?: string | undefined;
  readonly proof?: ThreepidProof | undefined;
  /** One of whose uses is kept for the session. */
  readonly registrationToken?: string | undefined;
  readonly accepted?: readonly AcceptedPolicy[] | undefined;
}

export interface FailedStage {
  readonly outcome: "failed";
  readonly errcode: string;
  readonly error: string;
  /** The same attempt succeeds once the user has opened the mail's link, so it is kept with the session. */
  readonly pending?: boolean;
}

export type StageResult = ({ readonly outcome: "completed" } & StageOutcome) | FailedStage;

/** Alternatives, each a list of stages in order. */
export type Flows = readonly (readonly Stage[])[];

/** What a client wants to do, and what it must have completed before it may. */
export interface InteractiveOperation {
  readonly name: OperationName;
  readonly flows: Flows;
  /** Who asks, if anybody is logged in. */
  readonly caller: string | undefined;
  /** What makes the request this one and no other: completed stages are good for exactly these values. */
  readonly parts: Readonly<Record<string, string | undefined>>;
  readonly clientIp: string;
}

export type OperationName = "register" | "password" | "deactivate" | "add" | "remove devices";

/** What a stage is checked for: of an operation, what is known wherever the stage is attempted. */
export type StageOperation = Omit<InteractiveOperation, "parts">;

/** What a client was offered with its session, and what its user therefore saw. */
export interface Offer {
  readonly flows: Flows;
  /** The documents to accept, where a flow asks for that. */
  readonly policies?: Policies | undefined;
}

/** The session that a stage is attempted in. */
export interface StageSession {
  /** `tokenHash` of it. */
  readonly hash: string;
  readonly offer: Offer;
}

/** Checks one attempt at a stage. */
export type StageCheck = (
  attempt: AuthAttempt,
  operation: StageOperation,
  session: StageSession,
) => Promise<StageResult>;

/** The addresses of an account (client-server API, "Adding account administrative contact information"). */

import type { ClientServerV3Client } from "../../generated/client-server-v3/index.js";
import {
  type InteractiveAuth,
  interactiveAuth,
  noFlow,
  type StageCode,
  type Stages,
  stageCodes,
} from "./interactive-auth.js";
import { type Answered, type Result, refusal, textMember } from "./result.js";
import {
  type Fetch,
  type MessageCode,
  type MessageOptions,
  messageTo,
  personStep,
  type Reachable,
  type Step,
  submissionTo,
  until,
  type Validation,
} from "./validation.js";

export interface ThreepidParties {
  /** With the access token of the account. */
  readonly homeserver: Pick<ClientServerV3Client, "add3PID" | "requestTokenTo3PIDEmail" | "requestTokenTo3PIDMSISDN">;
  /** For codes, which are submitted wherever the homeserver says. Default: the global `fetch`. */
  readonly fetch?: Fetch;
}

export interface NewThreepid extends MessageOptions {
  readonly threepid: Reachable;
  /** How the account's owner proves to be it, see {@link withPassword}. */
  readonly stages: Stages;
}

const codes = ["M_THREEPID_IN_USE", "M_THREEPID_DENIED", "M_UNKNOWN_TOKEN", ...stageCodes] as const;

export type ThreepidCode = (typeof codes)[number] | StageCode;

/** What servers say of a session that nobody has confirmed yet. */
const unconfirmed: readonly (string | undefined)[] = ["M_THREEPID_AUTH_FAILED", "M_SESSION_NOT_VALIDATED"];

/**
 * Has a message sent to an address; the step that it answers waits for the person, and then adds the address to the
 * account: from then on it may lead to a new password. Nobody is found by it, see {@link bindThreepid}.
 * @throws what calls throw that get no answer: `Unreachable`, `TimedOut`, `UnexpectedAnswer`, the signal's reason.
 */
export const addThreepid = async (
  { homeserver, fetch }: ThreepidParties,
  { threepid, stages, nextLink, ...options }: NewThreepid,
): Promise<Result<Step<object, ThreepidCode>, MessageCode>> => {
  const added = async (confirmed: Validation, signal: AbortSignal | undefined) => {
    const { sid, clientSecret: client_secret } = confirmed;
    const auth =
      auths.get(sid) ??
      interactiveAuth((step, by) => homeserver.add3PID({ body: { sid, client_secret, ...step } }, until(by)), stages);
    auths.set(sid, auth);
    const attempt = await auth.attempt(signal);
    if (attempt.outcome === "no flow") return noFlow;
    const { answer } = attempt;
    if (answer.status === 200) return { ok: true } as const;
    const isWaiting = attempt.outcome === "answered" && unconfirmed.includes(textMember(answer.body, "errcode"));
    return isWaiting ? undefined : refusal(answer, codes);
  };
  /** By session: another message may be of another one, for which nothing has been authorised. */
  const auths = new Map<string, InteractiveAuth<Awaited<ReturnType<typeof homeserver.add3PID>>>>();
  return personStep<object, ThreepidCode>(
    {
      request: messageTo(threepid, nextLink, {
        email: homeserver.requestTokenTo3PIDEmail,
        msisdn: homeserver.requestTokenTo3PIDMSISDN,
      }),
      submission: submissionTo(fetch),
      finish: added,
    },
    options,
  );
};

/** An address of the account, in any spelling. */
export interface OwnThreepid {
  readonly medium: "email" | "msisdn";
  readonly address: string;
  /** The identity server to unbind it from; without it, wherever the homeserver has bound it. */
  readonly idServer?: string;
  readonly signal?: AbortSignal;
}

export interface Unbound {
  /** Whether nobody finds the user by it any more; false where an identity server could not or would not do that. */
  readonly isUnbound: boolean;
}

const removalCodes = [
  "M_THREEPID_NOT_FOUND",
  "M_NOT_FOUND",
  "M_FORBIDDEN",
  "M_UNKNOWN_TOKEN",
  "M_TERMS_NOT_SIGNED",
] as const;

/** What the identity server refused with is told as if the homeserver had. */
export type RemovalCode = (typeof removalCodes)[number];

const removed = (answer: Answered): Result<Unbound, RemovalCode> =>
  answer.status === 200
    ? { ok: true, isUnbound: textMember(answer.body, "id_server_unbind_result") === "success" }
    : refusal(answer, removalCodes);

const named = ({ medium, address, idServer }: OwnThreepid) => ({
  body: { medium, address, ...(idServer === undefined ? {} : { id_server: idServer }) },
});

/** Takes an address from the account, and unbinds it. */
export const removeThreepid = async (
  { homeserver }: { readonly homeserver: Pick<ClientServerV3Client, "delete3pidFromAccount"> },
  threepid: OwnThreepid,
): Promise<Result<Unbound, RemovalCode>> =>
  removed(await homeserver.delete3pidFromAccount(named(threepid), until(threepid.signal)));

/** Lets nobody find the user by an address any more; the account keeps it. */
export const unbindThreepid = async (
  { homeserver }: { readonly homeserver: Pick<ClientServerV3Client, "unbind3pidFromAccount"> },
  threepid: OwnThreepid,
): Promise<Result<Unbound, RemovalCode>> =>
  removed(await homeserver.unbind3pidFromAccount(named(threepid), until(threepid.signal)));

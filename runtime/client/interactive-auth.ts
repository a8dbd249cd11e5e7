/** User-interactive authentication as a client goes through it: stage by stage, in the order of a flow (client-server API). */

import type { AuthData, AuthResponse } from "../../generated/client-server-v3/index.js";
import { type Answered, member } from "./result.js";

/** What a stage adds to `auth` beside its type and the session. */
export type StageFields = Readonly<Record<string, unknown>>;

/**
 * How stages are gone through, by their type. Each is asked once, with what the server tells about the stage, and may
 * take as long as a person takes: `{ "m.login.terms": async (params) => (await accepted(params), {}) }`. Those of the
 * journey itself, and `m.login.dummy`, are there already.
 */
export type Stages = Readonly<Record<string, (params: unknown) => StageFields | Promise<StageFields>>>;

/** The stage of somebody who knows the account's password. */
export const withPassword = (user: string, password: string): Stages => ({
  "m.login.password": () => ({ identifier: { type: "m.id.user", user }, password }),
});

/** Codes of stages that were not accepted. */
export const stageCodes = ["M_FORBIDDEN", "M_THREEPID_AUTH_FAILED", "M_CAPTCHA_INVALID", "M_CAPTCHA_NEEDED"] as const;

export type StageCode = (typeof stageCodes)[number] | "NO_FLOW";

export const noFlow = {
  ok: false,
  errcode: "NO_FLOW",
  error: "The server asks for a stage of authentication that nobody here goes through.",
} as const;

type Challenge = Pick<AuthResponse, "session" | "flows" | "params" | "completed">;

/** A 401 that says what is left to do; a token that is not known is told by another one. */
const challengeOf = ({ status, body }: Answered): Challenge | undefined =>
  status === 401 && Array.isArray(member(body, "flows")) ? (body as Challenge) : undefined; // what has flows is this

/** No stage is gone through twice: what was carried out and failed is tried again with the session alone. */
const completed = (challenge: Challenge, stage: string): Challenge => ({
  ...challenge,
  completed: [...(challenge.completed ?? []), stage],
});

export type Attempt<Answer> =
  /** The server did the thing, or refused it. */
  | { readonly outcome: "answered"; readonly answer: Answer }
  | { readonly outcome: "failed"; readonly stage: string; readonly answer: Answer }
  | { readonly outcome: "no flow" };

export interface InteractiveAuth<Answer> {
  /** Asks what there is to do, with no stage tried yet. */
  begin(signal?: AbortSignal): Promise<Attempt<Answer> | { readonly outcome: "begun" }>;
  /** Goes through stages until the server does the thing, refuses it, or does not accept a stage. May be repeated. */
  attempt(signal?: AbortSignal): Promise<Attempt<Answer>>;
}

/** More requests than any flow has stages: a server that never has enough is not asked for ever. */
const mostRequests = 16;

/** An operation behind stages, one of which its flow must have: what the person gave is not left unused. */
export const interactiveAuth = <Answer extends Answered>(
  call: (auth: { readonly auth?: AuthData }, signal: AbortSignal | undefined) => Promise<Answer>,
  stages: Stages,
  needed?: string,
): InteractiveAuth<Answer> => {
  const known: Stages = { "m.login.dummy": () => ({}), ...stages };
  const given = new Map<string, StageFields>();
  let challenge: Challenge | undefined;

  const flowOf = ({ flows }: Challenge): readonly string[] | undefined =>
    flows
      .map((flow) => flow.stages)
      .filter((flow) => flow.every((stage) => Object.hasOwn(known, stage)))
      .filter((flow) => needed === undefined || flow.includes(needed))
      .sort((one, other) => one.length - other.length)[0];

  const fieldsOf = async (stage: string, params: unknown): Promise<StageFields> => {
    const fields = given.get(stage) ?? (await known[stage]?.(params)) ?? {};
    given.set(stage, fields);
    return fields;
  };

  /** The next stage; the session alone where there is none left; undefined where no flow can be gone through. */
  const next = async (current: Challenge): Promise<AuthData | undefined> => {
    const { session, completed = [], params } = current;
    const flow = flowOf(current);
    if (flow === undefined) return undefined;
    const type = flow.find((stage) => !completed.includes(stage));
    const named = session === undefined ? {} : { session };
    return type === undefined ? named : { ...(await fieldsOf(type, params?.[type])), type, ...named };
  };

  const attempt = async (signal?: AbortSignal): Promise<Attempt<Answer>> => {
    let auth = challenge === undefined ? undefined : await next(challenge);
    for (let requests = 1; ; requests++) {
      const answer = await call(auth === undefined ? {} : { auth }, signal);
      const current = challengeOf(answer);
      const stage = auth?.type;
      if (current === undefined) {
        if (challenge !== undefined && stage !== undefined) challenge = completed(challenge, stage);
        return { outcome: "answered", answer };
      }
      challenge = current;
      if (stage !== undefined && !current.completed?.includes(stage)) {
        given.delete(stage);
        return { outcome: "failed", stage, answer };
      }
      auth = await next(current);
      if (auth === undefined || requests === mostRequests) return { outcome: "no flow" };
    }
  };

  const begin = async (signal?: AbortSignal) => {
    const answer = await call({}, signal);
    challenge = challengeOf(answer);
    if (challenge === undefined) return { outcome: "answered", answer } as const;
    return { outcome: flowOf(challenge) === undefined ? "no flow" : "begun" } as const;
  };

  return { begin, attempt };
};

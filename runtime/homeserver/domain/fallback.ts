import type { Captcha } from "../../ports/captcha.js";
import type { InteractiveSessions } from "../../ports/interactive-sessions.js";
import type { StageContent, StageForm, StageProblem } from "../../ports/pages.js";
import { ProtocolError } from "../../protocol/errors.js";
import { termsIn } from "../../protocol/terms.js";
import type { ResolveIdentifier } from "./account-identifier.js";
import { completedStages, nextStages, type OpenSession, type OpenSessions } from "./open-sessions.js";
import { callerPart } from "./request-binding.js";
import { isStage, type Stage } from "./stage.js";
import type { AttemptStage } from "./stage-attempts.js";
import type { AuthAttempt } from "./stages.js";

/** Which stage of which session a page is for. */
export interface FallbackPage {
  readonly stage: string;
  readonly session: string;
}

/** What a person put into the page's form. */
export interface FallbackForm {
  readonly accepted?: string | undefined;
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly response?: string | undefined;
}

/**
 * Completing stages on pages of the server's own, for clients that do not know a stage. The session is the secret that
 * opens them: whoever has it may go on with the authentication anyhow.
 */
export interface Fallback {
  show(page: FallbackPage): Promise<StageContent>;
  submit(page: FallbackPage, form: FallbackForm, clientIp: string): Promise<Submitted>;
}

export interface Submitted {
  readonly content: StageContent;
  /** When to come back, after too many tries. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface FallbackPorts {
  readonly interactiveSessions: InteractiveSessions;
  readonly openSessions: OpenSessions;
  readonly attemptStage: AttemptStage;
  readonly resolve: ResolveIdentifier;
  readonly captcha?: Captcha | undefined;
}

/** A session, and the form by which its stage is completed. */
interface Ready {
  readonly page: "ready";
  readonly session: OpenSession;
  readonly stage: Stage;
  readonly form: StageForm;
}

/** A field that was left out, too many tries, or somebody else who does not answer; everything else is our own fault. */
const problemOf = ({ status }: ProtocolError): StageProblem | undefined => {
  if (status === 429) return "busy";
  if (status === 502) return "later";
  return status < 500 ? "failed" : undefined;
};

const unserved: StageContent = { page: "unserved" };

export const fallback = (ports: FallbackPorts): Fallback => {
  const { interactiveSessions, openSessions, attemptStage, resolve, captcha } = ports;

  const isCaller = ({ session, hash }: OpenSession, caller: string | undefined): Promise<boolean> =>
    interactiveSessions.bind(hash, callerPart(session, caller));

  /**
   * A password is asked for only where a client that is logged in as its owner opened the session. Anybody can open one
   * without that, and send its link to somebody whose account they are after.
   */
  const passwordForm = async (session: OpenSession): Promise<StageForm | StageContent> => {
    const { operation: purpose } = session;
    if (purpose === "register" || (await isCaller(session, undefined))) return { page: "elsewhere", stage: "password" };
    return { stage: "password", purpose };
  };

  const formOf = async (stage: Stage, session: OpenSession): Promise<StageForm | StageContent> => {
    switch (stage) {
      case "m.login.dummy":
        return { stage: "dummy" };
      case "m.login.registration_token":
        return { stage: "token" };
      case "m.login.terms":
        return { stage: "terms", terms: termsIn(session.offer.policies ?? {}) };
      case "m.login.recaptcha":
        if (captcha === undefined) return unserved;
        return { stage: "captcha", publicKey: captcha.publicKey, script: captcha.widget.script };
      case "m.login.password":
        return passwordForm(session);
      case "m.login.email.identity":
        return { page: "elsewhere", stage: "email" };
      case "m.login.msisdn":
        return { page: "elsewhere", stage: "msisdn" };
    }
  };

  const find = async ({ stage, session: name }: FallbackPage): Promise<StageContent | Ready> => {
    if (!isStage(stage)) return unserved;
    const session = await openSessions.find(name);
    if (session === undefined) return { page: "over" };
    const completed = completedStages(session);
    if (completed.includes(stage)) return { page: "done" };
    if (!nextStages(session.offer.flows, completed).includes(stage)) return { page: "early" };
    const form = await formOf(stage, session);
    return "page" in form ? form : { page: "ready", session, stage, form };
  };

  /** What the client would send, and in whose name; undefined when the form cannot complete the stage. */
  const attemptOf = async (
    { stage, session }: Ready,
    { accepted, user, token, password, response }: FallbackForm,
  ): Promise<{ readonly attempt: AuthAttempt; readonly caller?: string | undefined } | undefined> => {
    const named = { type: stage, session: session.session };
    switch (stage) {
      case "m.login.terms":
        return accepted === undefined ? undefined : { attempt: named };
      case "m.login.password": {
        const caller = user === undefined ? undefined : (await resolve({ kind: "user", user: user.trim() })).mxid;
        const isRight = caller !== undefined && (await isCaller(session, caller));
        // Nobody's password is tried here but that of the one who is logged in.
        return isRight ? { attempt: { ...named, password }, caller } : undefined;
      }
      default:
        return { attempt: { ...named, token: token?.trim(), response } };
    }
  };

  const again = ({ form }: Ready, problem: StageProblem): StageContent => ({ page: "form", form, problem });

  const take = async (ready: Ready, form: FallbackForm, clientIp: string): Promise<StageContent> => {
    const made = await attemptOf(ready, form);
    if (made === undefined) return again(ready, "failed");
    const { operation: name, offer } = ready.session;
    const operation = { name, flows: offer.flows, caller: made.caller, clientIp };
    const { session, failure } = await attemptStage(operation, ready.session, made.attempt);
    if (session === undefined) return { page: "over" };
    return failure === undefined ? { page: "done" } : again(ready, "failed");
  };

  return {
    async show(page) {
      const found = await find(page);
      return found.page === "ready" ? { page: "form", form: found.form, problem: undefined } : found;
    },

    async submit(page, form, clientIp) {
      const found = await find(page);
      if (found.page !== "ready") return { content: found };
      try {
        return { content: await take(found, form, clientIp) };
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        const problem = problemOf(error);
        if (problem === undefined) throw error;
        return { content: again(found, problem), headers: error.headers };
      }
    },
  };
};

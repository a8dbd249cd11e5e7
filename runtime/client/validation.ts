/** The step that a person takes: a message arrives, and they open its link or type its code. */

import type { CallOptions } from "../../generated/seam/client.js";
import { notConfirmed, type Patience, waitFor } from "./patience.js";
import {
  type Answered,
  member,
  type Refusal,
  type Result,
  refusal,
  type Success,
  textMember,
  unreadable,
} from "./result.js";

/** A mail address, or a phone number as it is dialled in a country (upper-case ISO 3166-1 alpha-2). */
export type Reachable =
  | { readonly medium: "email"; readonly address: string }
  | { readonly medium: "msisdn"; readonly country: string; readonly number: string };

/**
 * A message that was asked for, as plain data: whoever keeps it may go on in another page or process. Together with the
 * message it proves the address, so it is kept as secret as a password.
 */
export interface Validation {
  readonly sid: string;
  readonly clientSecret: string;
  readonly sendAttempt: number;
  /** Where a code is submitted. Without it the message holds a link. */
  readonly submitUrl?: string;
}

/** What may be said about any message. */
export interface MessageOptions {
  /** Where the person's browser goes once the link was opened. */
  readonly nextLink?: string;
  /** Goes on with a message that was asked for before, and sends none. */
  readonly validation?: Validation;
  readonly signal?: AbortSignal;
}

export const messageCodes = [
  "M_THREEPID_IN_USE",
  "M_THREEPID_NOT_FOUND",
  "M_THREEPID_DENIED",
  "M_THREEPID_MEDIUM_NOT_SUPPORTED",
  "M_SERVER_NOT_TRUSTED",
  "M_INVALID_EMAIL",
  "M_INVALID_ADDRESS",
  "M_INVALID_PARAM",
  "M_EMAIL_SEND_ERROR",
  "M_SEND_ERROR",
  "M_DESTINATION_REJECTED",
  "M_TERMS_NOT_SIGNED",
  "M_UNKNOWN_TOKEN",
] as const;

/** Why a message was not sent. */
export type MessageCode = (typeof messageCodes)[number];

const codeCodes = ["M_TOKEN_INCORRECT", "M_SESSION_EXPIRED", "M_NO_VALID_SESSION"] as const;

/** Why a code was not taken: another one may be typed, or, for the last two, another message is needed. */
export type CodeCode = (typeof codeCodes)[number];

interface Asked<Done extends object, Code extends string> {
  /** To be kept by whoever wants to go on later. */
  readonly validation: Validation;
  /** Sends the message once more, and answers the step to go on with. */
  resend(signal?: AbortSignal): Promise<Result<Step<Done, Code>, MessageCode>>;
}

/** The message holds a link that the person opens, wherever they read it. */
export interface AwaitingLink<Done extends object, Code extends string> extends Asked<Done, Code> {
  readonly needs: "link";
  /** Waits until the link was opened, and finishes the journey. May be called again, also after a page was reloaded. */
  confirmed(patience?: Patience): Promise<Result<Done, Code | "NOT_CONFIRMED">>;
}

/** The message holds a code that the person types here. */
export interface AwaitingCode<Done extends object, Code extends string> extends Asked<Done, Code> {
  readonly needs: "code";
  /** Submits the code, and finishes the journey. May be called again with another code. */
  submit(code: string, signal?: AbortSignal): Promise<Result<Done, Code | CodeCode | "NOT_CONFIRMED">>;
}

export type Step<Done extends object, Code extends string> = AwaitingLink<Done, Code> | AwaitingCode<Done, Code>;

/** A validation as requests for messages name it. */
export interface Session {
  readonly client_secret: string;
  readonly send_attempt: number;
}

export type Submission = (code: string, signal: AbortSignal | undefined) => Promise<Answered>;

/** What one journey does at the person's step. */
export interface Errand<Done extends object, Code extends string> {
  /** Asks for the message. */
  request(session: Session, signal: AbortSignal | undefined): Promise<Answered>;
  /** How a code is submitted; undefined where the message holds a link. */
  submission(validation: Validation): Submission | undefined;
  /** Does what the message was for; undefined as long as the person has not answered it. */
  finish(validation: Validation, signal?: AbortSignal): Promise<Result<Done, Code> | undefined>;
}

/** Grammar of the protocol: letters and digits are among what it takes. */
const newSecret = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whether a code was taken; servers tell a wrong one by the status, by `success`, or by both. */
const codeRefusal = (answer: Answered): Refusal<CodeCode> | undefined => {
  if (answer.status === 200 && member(answer.body, "success") === true) return undefined;
  const refused = refusal(answer, codeCodes);
  const said = textMember(answer.body, "errcode");
  // Later versions name an unknown session like any other parameter that does not fit.
  if (said === "M_INVALID_PARAM") return { ...refused, errcode: "M_NO_VALID_SESSION" };
  const isWrong = said === undefined && member(answer.body, "success") === false;
  return isWrong ? { ...refused, errcode: "M_TOKEN_INCORRECT", error: "The code is not correct." } : refused;
};

const stepOf = <Done extends object, Code extends string>(
  errand: Errand<Done, Code>,
  validation: Validation,
): Success<Step<Done, Code>> => {
  const shared: Asked<Done, Code> & { readonly ok: true } = {
    ok: true,
    validation,
    resend: (signal) => send(errand, validation.clientSecret, validation.sendAttempt + 1, signal),
  };
  const submit = errand.submission(validation);
  if (submit === undefined) {
    const confirmed = (patience?: Patience) => waitFor((signal) => errand.finish(validation, signal), patience);
    return { ...shared, needs: "link", confirmed };
  }
  let isTaken = false;
  return {
    ...shared,
    needs: "code",
    submit: async (code, signal) => {
      // What failed after a code was taken is tried again without it: codes serve once.
      const refused = isTaken ? undefined : codeRefusal(await submit(code, signal));
      if (refused !== undefined) return refused;
      isTaken = true;
      return (await errand.finish(validation, signal)) ?? notConfirmed;
    },
  };
};

const send = async <Done extends object, Code extends string>(
  errand: Errand<Done, Code>,
  clientSecret: string,
  sendAttempt: number,
  signal: AbortSignal | undefined,
): Promise<Result<Step<Done, Code>, MessageCode>> => {
  const answer = await errand.request({ client_secret: clientSecret, send_attempt: sendAttempt }, signal);
  if (answer.status !== 200) return refusal(answer, messageCodes);
  const sid = textMember(answer.body, "sid");
  if (sid === undefined) return unreadable(answer.status, "sid");
  const submitUrl = textMember(answer.body, "submit_url");
  return stepOf(errand, { sid, clientSecret, sendAttempt, ...(submitUrl === undefined ? {} : { submitUrl }) });
};

/** The person's step: with a message that is sent now, or with one that was sent before. */
export const personStep = async <Done extends object, Code extends string>(
  errand: Errand<Done, Code>,
  { validation, signal }: Pick<MessageOptions, "validation" | "signal">,
): Promise<Result<Step<Done, Code>, MessageCode>> =>
  validation === undefined ? send(errand, newSecret(), 1, signal) : stepOf(errand, validation);

/** What a call takes so that it ends with the signal. */
export const until = (signal: AbortSignal | undefined): CallOptions => (signal === undefined ? {} : { signal });

/** The operations that ask for a message, of one server and for one purpose. */
export interface MessageOperations {
  readonly email: RequestMessage<{ readonly email: string }>;
  readonly msisdn: RequestMessage<{ readonly country: string; readonly phone_number: string }>;
}

type RequestMessage<Address> = (
  request: { readonly body: Session & Address & { readonly next_link?: string } },
  options: CallOptions,
) => Promise<Answered>;

/** Asks for a message to an address. */
export const messageTo =
  (
    reachable: Reachable,
    nextLink: string | undefined,
    { email, msisdn }: MessageOperations,
    options: CallOptions = {},
  ) =>
  (session: Session, signal: AbortSignal | undefined): Promise<Answered> => {
    const body = { ...session, ...(nextLink === undefined ? {} : { next_link: nextLink }) };
    const call = { ...options, ...until(signal) };
    return reachable.medium === "email"
      ? email({ body: { ...body, email: reachable.address } }, call)
      : msisdn({ body: { ...body, country: reachable.country, phone_number: reachable.number } }, call);
  };

/** Longer than any server takes that will still answer. */
const submitTimeoutMs = 30_000;

export type Fetch = (request: Request) => Promise<Response>;

/** Submits codes to exactly the address that the homeserver named, without credentials; it names none where links are sent. */
export const submissionTo =
  (fetcher: Fetch = fetch) =>
  ({ sid, clientSecret, submitUrl }: Validation): Submission | undefined =>
    submitUrl === undefined
      ? undefined
      : async (token, signal) => {
          const limits = [AbortSignal.timeout(submitTimeoutMs), ...(signal === undefined ? [] : [signal])];
          const request = new Request(submitUrl, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ sid, client_secret: clientSecret, token }),
            credentials: "omit",
            // Whoever is redirected to would have a secret and a code that were meant for another server.
            redirect: "error",
            signal: AbortSignal.any(limits),
          });
          const response = await fetcher(request);
          // What is no JSON says nothing that its status does not say.
          const body: unknown = await response.json().catch(() => undefined);
          return { status: response.status, headers: response.headers, body };
        };

/**
 * Validation sessions: how somebody proves that an email address or a phone number is theirs (Identity Service API,
 * "Email associations" and "Phone number associations"). Both servers use it, each with sessions of its own.
 */

import type { Clock } from "../ports/clock.js";
import type { Courier, Mail, NoticeMail } from "../ports/courier.js";
import type { Limiter } from "../ports/limiter.js";
import type { Pages } from "../ports/pages.js";
import type { Random } from "../ports/random.js";
import type { SmsGateway } from "../ports/sms.js";
import type { SessionEnd, ValidationSession, ValidationSessions } from "../ports/validation-sessions.js";
import type { Wording } from "../ports/wording.js";
import { invalidParam, ProtocolError, protocolError } from "../protocol/errors.js";
import { isClientSecret, isSid, isValidationToken } from "../protocol/identifiers.js";
import { countryNames, type Medium, parseEmail, parsePhone, type Threepid } from "../protocol/threepid.js";
import { newCode, newLinkToken, newSid, sameSecret } from "../protocol/tokens.js";
import { dispatch, limitTo, type Wish } from "./dispatch.js";
import { checkNextLink } from "./next-link.js";

export interface ValidationPorts {
  readonly sessions: ValidationSessions;
  readonly courier: Courier;
  readonly sms: SmsGateway;
  readonly pages: Pages;
  readonly clock: Clock;
  readonly random: Random;
  readonly limiter: Limiter;
}

export interface ValidationSettings {
  /** How long a session lives after its last change (ms): 24 hours. */
  readonly lifetimeMs: number;
  /** This many wrong tokens end a session. */
  readonly maxWrongTokens: number;
  /** Hosts that next_link may lead to; undefined allows every host. */
  readonly nextLinkHosts: readonly string[] | undefined;
  /** Countries (`GB`) and calling codes (`44`) that no text message goes to; "all" where there are no text messages. */
  readonly rejectedCountries: ReadonlySet<string> | "all";
}

export const defaultValidationSettings: ValidationSettings = {
  lifetimeMs: 24 * 60 * 60 * 1000,
  maxWrongTokens: 5,
  nextLinkHosts: undefined,
  rejectedCountries: new Set(),
};

interface MessageRequest {
  readonly clientSecret: string;
  readonly sendAttempt: number;
  readonly nextLink?: string | undefined;
  /** Whether the session will let whoever validates it set a new password: the message has to say so. */
  readonly resetsPassword?: boolean;
  /** How whoever asks wants to be written to. */
  readonly wording?: Wording | undefined;
  /** For limits. */
  readonly clientIp: string;
  /** Whose access token came with the request, if one did; for limits. */
  readonly requester?: string | undefined;
}

export interface EmailRequest extends MessageRequest {
  readonly email: string;
  readonly proof: EmailProof;
}

/**
 * What is mailed: a link to open, or six digits to type into the client. Where it is concealed whose address it is, a
 * session like any other is opened without a way to validate it, and whoever reads the mailbox is told why: nothing is
 * sooner answered, or fails less, than any other request.
 */
export type EmailProof =
  /** `submitUrl` is the absolute URL of the GET submitToken endpoint, without query. */
  | { readonly by: "link"; readonly submitUrl: string }
  | { readonly by: "code" }
  | { readonly by: "notice"; readonly purpose: NoticeMail["purpose"] };

export interface MsisdnRequest extends MessageRequest {
  readonly country: string;
  readonly phoneNumber: string;
  /** Opens the session as always, and sends nothing. */
  readonly silent?: boolean;
}

export interface EmailRequested {
  readonly sid: string;
}

export interface MsisdnRequested {
  readonly sid: string;
  readonly msisdn: string;
  readonly intlFmt: string;
}

export interface TokenSubmission {
  readonly sid: string;
  readonly clientSecret: string;
  readonly token: string;
}

/** What a submitted token led to. Version 1 answers a failure with 200, later versions throw its error. */
export type Submitted =
  | { readonly success: true; readonly session: ValidationSession }
  /** `error.body` holds `success: false` beside errcode and error. */
  | { readonly success: false; readonly error: ProtocolError };

export interface ValidatedThreepid extends Threepid {
  readonly sid: string;
  /** ms */
  readonly validatedAt: number;
  /** Where its mail goes. */
  readonly destination: string;
}

export interface Validation {
  /** How those are told who open a link. */
  readonly pages: Pages;
  /**
   * Opens or resumes the session of this address and client_secret, and sends its message unless this send_attempt was
   * sent before. Throws M_INVALID_EMAIL, M_INVALID_PARAM, M_EMAIL_SEND_ERROR, M_LIMIT_EXCEEDED.
   */
  requestEmail(request: EmailRequest): Promise<EmailRequested>;
  /** As {@link requestEmail}, by text message. Throws M_INVALID_ADDRESS, M_SEND_ERROR, M_DESTINATION_REJECTED too. */
  requestMsisdn(request: MsisdnRequest): Promise<MsisdnRequested>;
  /** Judges a token; never throws for what a stranger gave, except M_LIMIT_EXCEEDED. */
  submit(medium: Medium, submission: TokenSubmission): Promise<Submitted>;
  /**
   * The threepid that a session has proven. Throws M_NO_VALID_SESSION (unknown sid and wrong secret alike),
   * M_SESSION_EXPIRED, M_SESSION_NOT_VALIDATED, M_LIMIT_EXCEEDED.
   */
  validated(sid: string, clientSecret: string): Promise<ValidatedThreepid>;
  /** Removes sessions that nobody can use any more and that ended `keptMs` ago; answers how many. */
  sweep(keptMs: number): Promise<number>;
}

/** A secret that no session has; comparing with it takes as long as with a real one. */
const nobodysSecret = "0".repeat(32);

/** The page behind the link speaks in the same name as the mail; its language is the browser's. */
const submitLink = (submitUrl: string, { sid, clientSecret, token }: TokenSubmission, wording?: Wording): string => {
  const brand = wording?.brand === undefined ? {} : { brand: wording.brand };
  return `${submitUrl}?${new URLSearchParams({ token, client_secret: clientSecret, sid, ...brand })}`;
};

const mailFor = ({ proof, resetsPassword, wording }: EmailRequest, session: ValidationSession): Mail => {
  const to = session.destination;
  switch (proof.by) {
    case "link": {
      const link = submitLink(proof.submitUrl, session, wording);
      return { purpose: "email-validation", to, link, resetsPassword, wording };
    }
    case "code":
      return { purpose: "email-code", to, code: session.token, resetsPassword, wording };
    case "notice":
      return { purpose: proof.purpose, to, wording };
  }
};

const failed = (error: ProtocolError): Submitted => ({
  success: false,
  error: new ProtocolError(error.status, error.errcode, error.message, {
    extra: { ...error.extra, success: false },
    headers: error.headers,
  }),
});

/** Validation sessions over the given ports. */
export const validation = (ports: ValidationPorts, settings = defaultValidationSettings): Validation => {
  const { sessions, courier, sms, pages, clock, random, limiter } = ports;

  const end = (): SessionEnd => ({
    expiredBefore: clock.now() - settings.lifetimeMs,
    maxWrongTokens: settings.maxWrongTokens,
  });

  const send = dispatch({ sessions, limiter, end });

  const checkRequest = ({ clientSecret, sendAttempt, nextLink }: MessageRequest): void => {
    if (!isClientSecret(clientSecret)) throw invalidParam("client_secret", "must be 1 to 255 of 0-9 a-z A-Z . = _ -");
    if (!Number.isSafeInteger(sendAttempt)) throw invalidParam("send_attempt", "must be an integer");
    if (nextLink !== undefined) checkNextLink(nextLink, settings.nextLinkHosts);
  };

  const open = ({ medium, address, clientSecret, nextLink }: Wish, destination: string, token: string) =>
    sessions.resumeOrOpen(
      { medium, address, destination, sid: newSid(random), clientSecret, token, nextLink, createdAt: clock.now() },
      end(),
    );

  /** Nothing can be guessed at a session that has ended, so tries at it use up nobody's allowance. */
  const hasEnded = ({ changedAt, validatedAt, wrongTokens }: ValidationSession): boolean =>
    changedAt <= end().expiredBefore || (validatedAt === undefined && wrongTokens >= settings.maxWrongTokens);

  /**
   * The session of this sid when the secret fits it; takes the same steps when there is none. A client may ask as often
   * as it likes with the right secret, until too many wrong ones were tried: then nobody learns which one is right.
   */
  const authentic = async (sid: string, clientSecret: string): Promise<ValidationSession | undefined> => {
    const session = isSid(sid) ? await sessions.find(sid) : undefined;
    const same = sameSecret(clientSecret, session?.clientSecret ?? nobodysSecret);
    await limitTo(limiter, "secret.sid", sid, session === undefined || same ? 0 : 1);
    return same ? session : undefined;
  };

  const judge = async (medium: Medium, { sid, clientSecret, token }: TokenSubmission): Promise<Submitted> => {
    const session = await authentic(sid, clientSecret);
    if (session?.medium !== medium) return failed(invalidParam("sid or client_secret", "names no session"));
    if (hasEnded(session)) return failed(protocolError("M_SESSION_EXPIRED"));
    await limitTo(limiter, "submit.address", session.address);
    const now = clock.now();
    const verdict = isValidationToken(token) ? await sessions.submit(sid, token, now, end()) : "wrong-token";
    switch (verdict) {
      case "validated":
        return { success: true, session: { ...session, validatedAt: session.validatedAt ?? now } };
      case "wrong-token":
        return failed(protocolError("M_TOKEN_INCORRECT"));
      case "ended":
        return failed(protocolError("M_SESSION_EXPIRED"));
      case "unknown":
        return failed(invalidParam("sid or client_secret", "names no session"));
    }
  };

  return {
    requestEmail: async (request) => {
      const { address, destination } = parseEmail(request.email);
      checkRequest(request);
      const { proof, clientSecret, sendAttempt, nextLink, clientIp, requester } = request;
      const wish = { medium: "email", address, clientSecret, sendAttempt, nextLink, clientIp, requester } as const;
      const { sid } = await send(wish, {
        open: () => open(wish, destination, proof.by === "code" ? newCode(random) : newLinkToken(random)),
        deliver: (session) => courier.send(mailFor(request, session)),
      });
      return { sid };
    },

    requestMsisdn: async (request) => {
      const { msisdn, intlFmt, country } = parsePhone(request.country, request.phoneNumber);
      checkRequest(request);
      const { rejectedCountries: rejected } = settings;
      if (rejected === "all" || countryNames(msisdn).some((name) => rejected.has(name))) {
        throw protocolError("M_DESTINATION_REJECTED");
      }
      const { clientSecret, sendAttempt, nextLink, clientIp, requester, silent, resetsPassword, wording } = request;
      const wish = {
        medium: "msisdn",
        address: msisdn,
        country,
        clientSecret,
        sendAttempt,
        nextLink,
        clientIp,
        requester,
      } as const;
      const { sid } = await send(wish, {
        open: () => open(wish, msisdn, newCode(random)),
        deliver: async ({ destination, token }) => {
          if (silent) return;
          await sms.send({ purpose: "msisdn-validation", to: destination, code: token, resetsPassword, wording });
        },
      });
      return { sid, msisdn, intlFmt };
    },

    pages,
    submit: judge,

    validated: async (sid, clientSecret) => {
      const session = await authentic(sid, clientSecret);
      if (session === undefined) throw protocolError("M_NO_VALID_SESSION");
      if (session.changedAt <= end().expiredBefore) throw protocolError("M_SESSION_EXPIRED");
      if (session.validatedAt === undefined) throw protocolError("M_SESSION_NOT_VALIDATED");
      const { medium, address, validatedAt, destination } = session;
      return { medium, address, validatedAt, destination, sid };
    },

    sweep: (keptMs) => sessions.deleteChangedBefore(end().expiredBefore - keptMs, 500),
  };
};

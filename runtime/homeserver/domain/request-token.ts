import type { Clock } from "../../ports/clock.js";
import type { IdentityServer, IdentityServers } from "../../ports/identity-servers.js";
import type { Limiter } from "../../ports/limiter.js";
import type { ValidationPurpose, ValidationPurposes } from "../../ports/validation-purposes.js";
import type { ValidationSessions } from "../../ports/validation-sessions.js";
import type { Wording } from "../../ports/wording.js";
import { missingParam, protocolError } from "../../protocol/errors.js";
import { type Medium, parseEmail, parsePhone, type Threepid } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import type { EmailProof, Validation } from "../../validation/validation.js";
import type { HomeserverSettings } from "../settings.js";
import type { Delegations } from "./delegations.js";
import { identityServer, type TrustedServers } from "./identity-server-name.js";
import type { CheckKnown, Concealed } from "./known-threepids.js";
import { changesForbidden, type PermittedThreepids } from "./permitted-threepids.js";
import { relayed } from "./relayed-answer.js";
import { type SubmitPath, submitUrl } from "./submit-url.js";

interface TokenRequest {
  readonly purpose: ValidationPurpose;
  readonly clientSecret: string;
  readonly sendAttempt: number;
  readonly nextLink: string | undefined;
  /** Below which path this server takes tokens from whoever asks so. */
  readonly submitPath: SubmitPath;
  /** Used only where this homeserver leaves validating to identity servers. */
  readonly idServer: string | undefined;
  readonly idAccessToken: string | undefined;
  readonly wording?: Wording | undefined;
  readonly clientIp: string;
  /** Whose access token came with the request, if one did; for limits. */
  readonly requester?: string | undefined;
}

export interface EmailTokenRequest extends TokenRequest {
  readonly email: string;
}

export interface MsisdnTokenRequest extends TokenRequest {
  readonly country: string;
  readonly phoneNumber: string;
}

export interface RequestedToken {
  readonly sid: string;
  /** Where the client submits the code that its user types; absent when there is nothing to type. */
  readonly submitUrl?: string | undefined;
  readonly msisdn?: string | undefined;
  readonly intlFmt?: string | undefined;
}

export interface RequestToken {
  /**
   * Throws M_INVALID_EMAIL, M_THREEPID_MEDIUM_NOT_SUPPORTED, M_THREEPID_DENIED, M_SERVER_NOT_TRUSTED, M_MISSING_PARAM,
   * M_THREEPID_IN_USE, M_THREEPID_NOT_FOUND, M_LIMIT_EXCEEDED, and what sending or the identity server refuses with.
   */
  email(request: EmailTokenRequest): Promise<RequestedToken>;
  /** The same for a phone number. Throws M_INVALID_ADDRESS too. */
  msisdn(request: MsisdnTokenRequest): Promise<RequestedToken>;
}

interface RequestTokenPorts {
  readonly validation: Validation;
  readonly validationSessions: ValidationSessions;
  readonly validationPurposes: ValidationPurposes;
  readonly delegations: Delegations;
  readonly identityServers: IdentityServers;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly trusted: TrustedServers;
  readonly permitted: PermittedThreepids;
  readonly checkKnown: CheckKnown;
  readonly settings: HomeserverSettings;
}

/** The mail of an own session. One that cannot serve its purpose looks to whoever asked like any other. */
const proofOf = (
  settings: HomeserverSettings,
  submitPath: SubmitPath,
  concealed: Concealed | undefined,
): EmailProof => {
  if (concealed !== undefined) return { by: "notice", purpose: concealed.known ? "already-registered" : "no-account" };
  if (settings.threepids.email.proof === "code") return { by: "code" };
  return { by: "link", submitUrl: submitUrl(settings, submitPath, "email") };
};

const resetsPassword = ({ purpose }: TokenRequest): boolean => purpose === "password";

export const requestToken = (ports: RequestTokenPorts): RequestToken => {
  const { validation, validationSessions, validationPurposes, identityServers, limiter, clock, trusted } = ports;
  const { permitted, checkKnown, delegations, settings } = ports;

  /** The identity server that is to validate, when this homeserver does not. */
  const delegate = (medium: Medium, { purpose, idServer, idAccessToken }: TokenRequest): IdentityServer | undefined => {
    if (settings.threepids[medium].validatedBy === "homeserver") return undefined;
    if (idServer === undefined) throw missingParam("id_server");
    const server = trusted.find(idServer);
    // Now rather than after a mail and a link that lead nowhere.
    const serves = purpose !== "password" || server?.mayResetPasswords;
    if (server === undefined || !serves) throw protocolError("M_SERVER_NOT_TRUSTED");
    return identityServer(server.name, idAccessToken);
  };

  const limitSending = async (request: TokenRequest, address: string, country: string | undefined): Promise<void> => {
    await limitTo(limiter, "send.ip", request.clientIp);
    if (request.requester !== undefined) await limitTo(limiter, "send.mxid", request.requester);
    await limitTo(limiter, "send.address", address);
    if (country !== undefined) await limitTo(limiter, "send.country", country);
  };

  /** What the operator's rules allow, for this purpose and this address. */
  const requirePermitted = ({ purpose }: TokenRequest, threepid: Threepid): void => {
    if (purpose === "add" && !settings.threepids.changes) throw changesForbidden();
    permitted.require(threepid);
  };

  /** Asks for a session of our own that is good for the purpose. */
  const ownSession = async <Requested extends { readonly sid: string }>(
    purpose: ValidationPurpose,
    request: () => Promise<Requested>,
  ): Promise<Requested> => {
    const requested = await request();
    if (await validationPurposes.assign(requested.sid, purpose, clock.now())) return requested;
    // What was requested for something else does not count here: its owner is asked anew.
    await validationSessions.delete(requested.sid);
    const renewed = await request();
    await validationPurposes.assign(renewed.sid, purpose, clock.now());
    return renewed;
  };

  return {
    async email(request) {
      const { submitPath } = request;
      const { address } = parseEmail(request.email);
      const threepid: Threepid = { medium: "email", address };
      requirePermitted(request, threepid);
      const server = delegate("email", request);
      const concealed = await checkKnown({ ...request, threepid });
      if (server !== undefined) {
        // Asked whatever has to be concealed: only who proves the address is told later that it does not serve.
        await limitSending(request, address, undefined);
        const { sid } = relayed(await identityServers.requestEmailToken(server, request));
        await delegations.record("email", { ...request, sid }, server);
        return { sid };
      }
      const proof = proofOf(settings, submitPath, concealed);
      const { sid } = await ownSession(request.purpose, () =>
        validation.requestEmail({ ...request, proof, resetsPassword: resetsPassword(request) }),
      );
      const isTyped = settings.threepids.email.proof === "code";
      return isTyped ? { sid, submitUrl: submitUrl(settings, submitPath, "email") } : { sid };
    },

    async msisdn(request) {
      const { msisdn, intlFmt, country } = parsePhone(request.country, request.phoneNumber);
      const threepid: Threepid = { medium: "msisdn", address: msisdn };
      requirePermitted(request, threepid);
      const server = delegate("msisdn", request);
      const concealed = await checkKnown({ ...request, threepid });
      const typed = { submitUrl: submitUrl(settings, request.submitPath, "msisdn"), msisdn, intlFmt };
      if (server !== undefined) {
        await limitSending(request, msisdn, country);
        const token = relayed(await identityServers.requestMsisdnToken(server, request));
        // The user types a code here too, and the client needs to know where it goes: we pass it on.
        await delegations.record("msisdn", { ...request, sid: token.sid }, server);
        return { ...typed, ...token };
      }
      const silent = concealed !== undefined;
      const { sid } = await ownSession(request.purpose, () =>
        validation.requestMsisdn({ ...request, silent, resetsPassword: resetsPassword(request) }),
      );
      return { sid, ...typed };
    },
  };
};

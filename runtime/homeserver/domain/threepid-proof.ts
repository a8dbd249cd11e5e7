import type { Claims } from "../../ports/claims.js";
import type { Clock } from "../../ports/clock.js";
import type {
  IdentityServer,
  IdentityServerAnswer,
  IdentityServers,
  RemoteValidation,
} from "../../ports/identity-servers.js";
import type { Limiter } from "../../ports/limiter.js";
import type { ValidationPurpose, ValidationPurposes } from "../../ports/validation-purposes.js";
import { ProtocolError, protocolError } from "../../protocol/errors.js";
import { foreignThreepid, isSameMailbox, media, type Threepid } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import type { Validation } from "../../validation/validation.js";
import type { Delegations } from "./delegations.js";
import { identityServer, type TrustedServers } from "./identity-server-name.js";

/** A session that a client says has proved a threepid. */
export interface ThreepidCredentials {
  readonly sid: string;
  readonly clientSecret: string;
  /** As the client sent it: may hold a scheme, may be anything. */
  readonly idServer?: string | undefined;
  readonly idAccessToken?: string | undefined;
}

/** A threepid that was proved, and by which session. The address is canonical. */
export interface ThreepidProof extends Threepid {
  /** Milliseconds since 1970. */
  readonly validatedAt: number;
  readonly sid: string;
  /** The trusted identity server whose session it is; absent for this homeserver's own. */
  readonly idServer?: string | undefined;
  /** For binding with that identity server. */
  readonly clientSecret?: string | undefined;
}

export type ProofAttempt =
  | { readonly outcome: "proven"; readonly proof: ThreepidProof }
  /** There is such a session, but nobody has shown the token it sent. */
  | { readonly outcome: "pending" }
  | { readonly outcome: "untrusted" }
  | { readonly outcome: "unproven"; readonly reason: string };

/** Throws M_LIMIT_EXCEEDED where a secret was guessed, or an identity server asked, too often. */
export type ProveThreepid = (
  credentials: ThreepidCredentials,
  purpose: ValidationPurpose,
  clientIp: string,
) => Promise<ProofAttempt>;

interface ProofPorts {
  readonly validation: Pick<Validation, "validated">;
  readonly validationPurposes: ValidationPurposes;
  readonly delegations: Delegations;
  readonly identityServers: IdentityServers;
  readonly claims: Claims;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly trusted: TrustedServers;
}

/** How long a validated session proves something, wherever it was validated. */
export const provenLifeMs = 24 * 60 * 60 * 1000;

const unproven = (reason: string): ProofAttempt => ({ outcome: "unproven", reason });

const isPending = ({ errcode }: { readonly errcode: string }): boolean => errcode === "M_SESSION_NOT_VALIDATED";

/** This homeserver's own sessions come first; only what they do not know is asked of an identity server. */
export const threepidProof = (ports: ProofPorts): ProveThreepid => {
  const { validation, validationPurposes, delegations, identityServers, claims, limiter, clock, trusted } = ports;

  const own = async (
    { sid, clientSecret }: ThreepidCredentials,
    purpose: ValidationPurpose,
  ): Promise<ProofAttempt | undefined> => {
    try {
      const { medium, address, validatedAt } = await validation.validated(sid, clientSecret);
      if ((await validationPurposes.purposeOf(sid)) !== purpose) {
        return unproven("The address was confirmed for something else. Please ask for a new message.");
      }
      return { outcome: "proven", proof: { medium, address, validatedAt, sid } };
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.errcode === "M_LIMIT_EXCEEDED") throw error;
      if (error.errcode === "M_NO_VALID_SESSION") return undefined;
      return isPending(error) ? { outcome: "pending" } : unproven(error.message);
    }
  };

  /** The identity server that the session was requested from through us. */
  const keeperOf = async (credentials: ThreepidCredentials): Promise<IdentityServer | undefined> => {
    const keepers = await Promise.all(media.map((medium) => delegations.keeperOf(medium, credentials)));
    return keepers.find((keeper) => keeper !== undefined);
  };

  /** Each question is a request to another server, and may be a guess at somebody else's session there. */
  const ask = async (
    server: IdentityServer,
    { sid, clientSecret }: ThreepidCredentials,
    clientIp: string,
  ): Promise<IdentityServerAnswer<RemoteValidation>> => {
    await limitTo(limiter, "proof.ip", clientIp);
    const session = `${server.name} ${sid}`;
    await limitTo(limiter, "secret.sid", session, 0);
    const answer = await identityServers.getValidated3pid(server, { sid, clientSecret });
    // Whoever has the right secret may ask again and again, until the mail is opened.
    if (answer.outcome === "refused" && !isPending(answer)) await limiter.consume("secret.sid", session);
    return answer;
  };

  /** What an identity server confirmed, as far as it counts here. */
  const confirmed = (
    { medium, address, validatedAt }: RemoteValidation,
    session: Pick<ThreepidProof, "sid" | "idServer" | "clientSecret">,
  ): ProofAttempt => {
    const threepid = foreignThreepid(medium, address);
    if (threepid === undefined) return unproven("The identity server confirmed something that is no address here.");
    // What has served is remembered for some days only, so nothing older may count, whatever that server thinks.
    if (Math.abs(clock.now() - validatedAt) >= provenLifeMs) {
      return unproven("The address was not confirmed within the last day. Please ask for a new message.");
    }
    if (medium === "email" && !isSameMailbox(address, threepid.address)) {
      return unproven("The identity server confirmed another mailbox than this address names here.");
    }
    return { outcome: "proven", proof: { ...threepid, validatedAt, ...session } };
  };

  const remote: ProveThreepid = async (credentials, purpose, clientIp) => {
    const { sid, clientSecret } = credentials;
    const keeper = await keeperOf(credentials);
    const idServer = credentials.idServer ?? keeper?.name;
    if (idServer === undefined) return unproven("There is no validation session with this sid and client_secret.");
    const server = trusted.find(idServer);
    if (server === undefined || (purpose === "password" && !server.mayResetPasswords)) return { outcome: "untrusted" };
    // What the client brings now goes before what it brought when it asked for the message.
    const begunWith = keeper?.name === server.name ? keeper.accessToken : undefined;
    const asked = identityServer(server.name, credentials.idAccessToken ?? begunWith);
    const answer = await ask(asked, credentials, clientIp);
    switch (answer.outcome) {
      case "answered":
        return confirmed(answer.value, { sid, idServer: server.name, clientSecret });
      case "refused":
        return isPending(answer) ? { outcome: "pending" } : unproven(answer.error);
      case "unsupported":
      case "unreachable":
        return unproven("The identity server could not be asked. Please try again later.");
    }
  };

  return async (credentials, purpose, clientIp) => {
    const attempt = (await own(credentials, purpose)) ?? (await remote(credentials, purpose, clientIp));
    if (attempt.outcome !== "proven" || purpose === "add") return attempt;
    // What authorises an operation does so once; adding an address twice changes nothing.
    const { idServer, sid } = attempt.proof;
    return (await claims.isSpent({ idServer, sid })) ? unproven("The session was used before.") : attempt;
  };
};

/** The error for a session that proves nothing, outside interactive authentication. */
export const proofFailure = (
  attempt: Exclude<ProofAttempt, { readonly outcome: "proven" }>,
  status: 400 | 403,
): ProtocolError => {
  switch (attempt.outcome) {
    case "untrusted":
      return protocolError("M_SERVER_NOT_TRUSTED");
    case "pending":
      return protocolError("M_THREEPID_AUTH_FAILED", { status, error: "The address was not confirmed yet." });
    case "unproven":
      return protocolError("M_THREEPID_AUTH_FAILED", { status, error: attempt.reason });
  }
};

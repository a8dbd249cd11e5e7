/** The account side of a homeserver, of no particular era: handlers of every version translate to these commands. */

import { policiesOf } from "../protocol/terms.js";
import { identifierResolver } from "./domain/account-identifier.js";
import { accountProofs } from "./domain/account-proofs.js";
import { bindings } from "./domain/bindings.js";
import { type CapabilitiesOf, capabilities } from "./domain/capabilities.js";
import { cleanUp } from "./domain/clean-up.js";
import { type Deactivations, deactivations } from "./domain/deactivation.js";
import { delegations } from "./domain/delegations.js";
import { type Devices, devices } from "./domain/devices.js";
import { type Fallback, fallback } from "./domain/fallback.js";
import { trustedServers } from "./domain/identity-server-name.js";
import { interactiveAuth } from "./domain/interactive-auth.js";
import { type InviteCommands, inviteCommands } from "./domain/invites.js";
import { knownThreepids } from "./domain/known-threepids.js";
import { type Logins, logins } from "./domain/login.js";
import { newSessions } from "./domain/new-session.js";
import { type Notary, notary } from "./domain/notary.js";
import { withMediaTaken } from "./domain/offered-flows.js";
import { openSessions } from "./domain/open-sessions.js";
import { type OpenIdTokens, openIdTokens } from "./domain/openid-tokens.js";
import { type PasswordChanges, passwordChanges } from "./domain/password.js";
import { passwordCheck } from "./domain/password-check.js";
import { passwordRules } from "./domain/password-rules.js";
import { permittedThreepids } from "./domain/permitted-threepids.js";
import { type PublishedKeys, publishedKeys } from "./domain/published-keys.js";
import { type RefreshTokens, refreshTokens } from "./domain/refresh.js";
import { type Registrations, registrations } from "./domain/registration.js";
import { type InvitedRegistrations, invitedRegistrations } from "./domain/registration-tokens.js";
import { type RequestToken, requestToken } from "./domain/request-token.js";
import { singleUse } from "./domain/single-use.js";
import { stageAttempts } from "./domain/stage-attempts.js";
import { stageChecks } from "./domain/stage-checks.js";
import { threepidAdditions } from "./domain/threepid-addition.js";
import { threepidProof } from "./domain/threepid-proof.js";
import { accountThreepids, type Threepids } from "./domain/threepids.js";
import { type SubmitToken, tokenSubmission } from "./domain/token-submission.js";
import { type Usernames, usernames } from "./domain/usernames.js";
import type { HomeserverPorts } from "./ports.js";
import type { HomeserverSettings } from "./settings.js";

export interface HomeserverCommands {
  readonly registrations: Registrations;
  readonly usernames: Usernames;
  readonly requestToken: RequestToken;
  readonly submitToken: SubmitToken;
  readonly threepids: Threepids;
  readonly capabilitiesOf: CapabilitiesOf;
  readonly logins: Logins;
  readonly refreshTokens: RefreshTokens;
  readonly devices: Devices;
  readonly passwordChanges: PasswordChanges;
  readonly deactivations: Deactivations;
  readonly invitedRegistrations: InvitedRegistrations;
  readonly fallback: Fallback;
  /** Undefined where nobody has rooms: what needs them is not served then. */
  readonly invites: InviteCommands | undefined;
  readonly openIdTokens: OpenIdTokens;
  readonly publishedKeys: PublishedKeys;
  readonly notary: Notary;
}

export const homeserverCommands = (ports: HomeserverPorts, settings: HomeserverSettings): HomeserverCommands => {
  const { accounts, storage } = ports;
  const trusted = trustedServers(settings.trustedIdentityServers);
  const permitted = permittedThreepids(settings.threepids);
  const delegated = delegations({ ...ports, ...storage });
  const prove = threepidProof({ ...ports, ...storage, delegations: delegated, trusted });
  const resolve = identifierResolver({ accounts, serverName: settings.serverName });
  const checkPassword = passwordCheck(ports);
  const invited = invitedRegistrations({ ...ports, ...storage, settings });
  const isPermitted = permitted.includes;
  const checks = stageChecks({ ...ports, checkPassword, resolve, prove, isPermitted, invitedRegistrations: invited });
  const sessions = openSessions({ ...ports, ...storage });
  const authentication = {
    ...ports,
    ...storage,
    resolve,
    openSessions: sessions,
    attemptStage: stageAttempts({ ...ports, ...storage, openSessions: sessions, checks }),
    offered: {
      captchaKey: ports.captcha?.publicKey,
      policies: settings.terms.size === 0 ? undefined : policiesOf(settings.terms),
    },
  };
  const tidy = cleanUp(ports);
  const shared = {
    ...ports,
    ...storage,
    settings,
    permitted,
    prove,
    trusted,
    delegations: delegated,
    serverName: settings.serverName,
    resolve,
    checkPassword,
    passwordRules: passwordRules(settings.passwords),
    interactiveAuth: withMediaTaken(interactiveAuth(authentication), settings.threepids),
    usernames: usernames({ ...ports, settings }),
    newSessions: newSessions({ ...ports, settings }),
    cleanUp: tidy,
    singleUse: singleUse({ ...ports, ...storage, cleanUp: tidy }),
    bindings: bindings({ ...ports, ...storage }),
    accountProofs: accountProofs(accounts),
    checkKnown: knownThreepids({ ...ports, settings: settings.threepids }),
    publishedKeys: publishedKeys({ ...ports, ...storage, serverName: settings.serverName }),
  };
  return {
    usernames: shared.usernames,
    registrations: registrations(shared),
    requestToken: requestToken(shared),
    submitToken: tokenSubmission(shared),
    capabilitiesOf: capabilities(settings),
    threepids: accountThreepids({ ...shared, additions: threepidAdditions(shared) }),
    logins: logins(shared),
    refreshTokens: refreshTokens(shared),
    devices: devices(shared),
    passwordChanges: passwordChanges(shared),
    deactivations: deactivations(shared),
    invitedRegistrations: invited,
    fallback: fallback(authentication),
    invites: ports.rooms && inviteCommands({ ...shared, rooms: ports.rooms }),
    openIdTokens: openIdTokens(shared),
    publishedKeys: shared.publishedKeys,
    notary: notary(shared),
  };
};

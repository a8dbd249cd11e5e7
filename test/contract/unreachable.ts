/** Statuses that documents declare and that no request leads to here, each with the reason. */

import type { OperationId as IdentityOperation } from "../../generated/identity/index.js";
import type { Operation } from "../../generated/seam/contract.js";
import type { OperationId as FederationOperation } from "../../generated/server-server/index.js";
import type { R0Operation as HomeserverOperation, V3Operation } from "./eras.js";
import { isCounted } from "./refusals.js";

export interface Unreachable<Id extends string> {
  readonly status: string;
  readonly operations: readonly Id[] | ((operation: Operation) => boolean);
  readonly because: string;
}

const isImplicit =
  (status: string) =>
  ({ implicit, responses }: Operation): boolean =>
    Object.hasOwn(implicit, status) && !Object.hasOwn(responses, status);

const takesNothing = ({ body, parameters }: Operation): boolean => body === null && parameters.length === 0;

const everywhere = [
  {
    status: "400",
    operations: takesNothing,
    because: "There is nothing in the request that could be wrong.",
  },
  {
    status: "401",
    operations: (operation: Operation) =>
      operation.auth === "none" && operation.id !== "login" && isImplicit("401")(operation),
    because: "No access token is asked for, and no account is looked at that may be locked.",
  },
  {
    status: "413",
    operations: ({ body }: Operation) => body === null,
    because: "There is no body to read.",
  },
  {
    status: "415",
    operations: () => true,
    because: "Media types are named carelessly, so a body is read as the JSON or the form that it is.",
  },
  {
    status: "429",
    operations: (operation: Operation) => !isCounted(operation),
    because: "Liveness, versions and keys by their id are not counted.",
  },
] as const;

export const identityUnreachable: readonly Unreachable<IdentityOperation>[] = [
  ...everywhere,
  {
    status: "404",
    operations: (operation) => isImplicit("404")(operation) && !operation.path.includes("/api/v1"),
    because: "Only version 1 can be switched off.",
  },
  {
    status: "501",
    operations: ["unbind", "unbindV2"],
    because: "The documents let a server not support unbinding; this one does.",
  },
  {
    status: "403",
    operations: ["logout"],
    because: "Whoever wants to leave is not asked to accept terms first.",
  },
  {
    status: "5XX",
    operations: ({ id }) => id !== "registerAccount",
    because: "Only a failure of this server itself, or of its disk, leads there; one operation asks another server.",
  },
];

const requestTokens = [
  "requestTokenTo3PIDEmail",
  "requestTokenTo3PIDMSISDN",
  "requestTokenToRegisterEmail",
  "requestTokenToRegisterMSISDN",
  "requestTokenToResetPasswordEmail",
  "requestTokenToResetPasswordMSISDN",
] as const;
/** Operations that may pass on what an identity server answers. */
const relaying: readonly string[] = [...requestTokens, "post3PIDs", "delete3pidFromAccount", "inviteBy3PID"];

/** What only a captcha leads to. */
const uncheckedCaptcha = {
  status: "502",
  operations: ["authenticationFallbackPost"],
  because: "No flow here asks for a captcha, the only stage that another service is asked about.",
} as const;

export const homeserverUnreachable: readonly Unreachable<HomeserverOperation>[] = [
  ...everywhere,
  uncheckedCaptcha,
  {
    status: "403",
    operations: [
      "getVersions",
      "getLoginFlows",
      "logout",
      "logout_all",
      "getWellknown",
      "getCapabilities",
      "authenticationFallbackGet",
      "authenticationFallbackPost",
      "getAccount3PIDs",
      "checkUsernameAvailability",
      "submitUrlEmailGet",
      "submitUrlEmailPost",
      "submitUrlMsisdnGet",
      "submitUrlMsisdnPost",
    ],
    because: "Whoever may ask at all may ask this: there is nobody to forbid it to.",
  },
  {
    status: "404",
    operations: ({ id }) => !relaying.includes(id),
    because: "Every operation is served, and only what identity servers are asked for passes their 404 on.",
  },
  {
    status: "5XX",
    operations: ({ id }) => ![...relaying, "submitUrlMsisdnPost"].includes(id),
    because: "Only a failure of this server itself leads there; no other server is asked, or its failure is not told.",
  },
];

/** Operations of v3 that may pass on what an identity server answers. */
const relayingV3: readonly string[] = [
  ...requestTokens,
  "bind3PID",
  "unbind3pidFromAccount",
  "delete3pidFromAccount",
  "inviteBy3PID",
];

export const homeserverV3Unreachable: readonly Unreachable<V3Operation>[] = [
  ...everywhere,
  uncheckedCaptcha,
  {
    status: "403",
    operations: [
      "getVersions",
      "getLoginFlows",
      "refresh",
      "logout",
      "logout_all",
      "getDevices",
      "getDevice",
      "updateDevice",
      "getWellknown",
      "getWellknownSupport",
      "getCapabilities",
      "getAccount3PIDs",
      "authenticationFallbackGet",
      "authenticationFallbackPost",
      "checkUsernameAvailability",
      "submitUrlEmailGet",
      "submitUrlEmailPost",
      "submitUrlMsisdnGet",
      "submitUrlMsisdnPost",
    ],
    because: "Whoever may ask at all may ask this: there is nobody to forbid it to.",
  },
  {
    status: "404",
    operations: ["getWellknown"],
    because: "A homeserver has an address to tell, always.",
  },
  {
    status: "404",
    operations: ["getLoginFlows"],
    because: "Whoever has an account here logs in here: no other server does it.",
  },
  {
    status: "201",
    operations: ["updateDevice"],
    because: "Only application services make devices, and there are none.",
  },
  {
    status: "404",
    operations: (operation) => isImplicit("404")(operation) && !relayingV3.includes(operation.id),
    because: "Every operation is served, and only what identity servers are asked for passes their 404 on.",
  },
  {
    status: "5XX",
    operations: ({ id }) => ![...relayingV3, "submitUrlMsisdnPost"].includes(id),
    because: "Only a failure of this server itself leads there; no other server is asked, or its failure is not told.",
  },
];
const exchanging: readonly string[] = [
  "exchangeThirdPartyInvite",
  "onBindThirdPartyIdentifier",
  "onBindThirdPartyIdentifierPost",
];

export const federationUnreachable: readonly Unreachable<FederationOperation>[] = [
  ...everywhere,
  {
    status: "404",
    operations: ({ id }) => ![...exchanging, "getWellKnown"].includes(id),
    because: "What needs rooms is not served without them, and everything else is.",
  },
  {
    status: "5XX",
    operations: ({ id }) => !exchanging.includes(id),
    because: "Only a failure of this server itself leads there; servers that cannot be asked for keys are left out.",
  },
];

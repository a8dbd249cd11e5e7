/** What an operator decides about the identity server's own behaviour. */

import type { Terms } from "../protocol/terms.js";
import type { BlockedInvites } from "./invite-blocklist.js";

export interface IdentitySettings {
  /** The name this server signs under. */
  readonly serverName: string;
  /** Where this server is reached from outside, without a slash at the end. Mails and key URLs link to it. */
  readonly publicBaseUrl: string;
  /** Homeservers whose users are served; those of all others are refused. Everybody's are when it is absent. */
  readonly allowedHomeservers?: ReadonlySet<string> | undefined;
  /** What version 1, which knows no access tokens, lets anybody do. */
  readonly v1: {
    /** Whether version 1 is served at all; what is not served is not linked to either. */
    readonly enabled: boolean;
    /** Bind a validated threepid to any user. Without it version 1 does not bind. */
    readonly bindAnyMxid: boolean;
    /** Store an invite in any user's name. Without it version 1 does not store invites. */
    readonly inviteAsAnySender: boolean;
  };
  /** How many access tokens of version 2 one user has at most; a newer one ends the oldest. */
  readonly maxAccessTokens: number;
  /** How long an access token of version 2 holds (ms); undefined for ever. */
  readonly accessTokenLifetimeMs?: number | undefined;
  /** What users of version 2 have to accept. */
  readonly terms: Terms;
  readonly lookup: {
    /** More addresses than this in one lookup are refused. */
    readonly maxAddresses: number;
    /** How long a pepper is used (ms) before the next one takes its place; undefined for ever. */
    readonly rotatePepperAfterMs?: number | undefined;
  };
  readonly invites: {
    /** How long an invite waits to be accepted (ms); undefined for ever. */
    readonly lifetimeMs?: number | undefined;
    /** How much of each part of an invited address strangers see. */
    readonly shownCharacters: number;
    readonly blocked: BlockedInvites;
  };
  /** The web client that the mail of an invite links to, without a slash at the end. Without it there is no link. */
  readonly webClientUrl?: string | undefined;
}

import type { Terms } from "../protocol/terms.js";
import type { Stage } from "./domain/stage.js";

/** What an operator decides about a homeserver's accounts. */
export interface HomeserverSettings {
  readonly serverName: string;
  /** Scheme and host under which clients reach this server, without a slash at the end. */
  readonly publicBaseUrl: string;
  readonly wellKnown: WellKnownSettings;
  readonly registration: {
    readonly users: boolean;
    readonly guests: boolean;
    /** The ways to register, each a list of stages in order. */
    readonly flows: readonly (readonly Stage[])[];
    /** Patterns of user names that belong to application services; `*` stands for any text. */
    readonly exclusiveNamespaces: readonly string[];
  };
  /** What whoever registers has to accept, where a flow asks for it. */
  readonly terms: Terms;
  readonly passwords: PasswordSettings;
  readonly tokens: TokenSettings;
  /** Of one account. A login beyond that ends the device that was used least recently. */
  readonly maxDevices: number;
  readonly threepids: ThreepidSettings;
  readonly trustedIdentityServers: readonly TrustedIdentityServer[];
}

export interface PasswordSettings {
  /** In characters. */
  readonly minimumLength: number;
  /** Of each a password must hold one. */
  readonly requiredCharacters: readonly CharacterClass[];
}

/** `symbol` is whatever is neither a letter nor a digit. */
export type CharacterClass = "lowercase" | "uppercase" | "digit" | "symbol";

/** How long tokens last, in milliseconds; undefined: for ever. */
export interface TokenSettings {
  /** Of clients that refresh; those of all others last. */
  readonly accessLifetimeMs: number | undefined;
  /** Counted from each refresh on. */
  readonly refreshLifetimeMs: number | undefined;
}

/** What is told below `/.well-known/matrix`. */
export interface WellKnownSettings {
  /** Host and port where other servers reach this one; undefined where its name says it all. */
  readonly server: string | undefined;
  /** The base URL of the identity server that clients should use. */
  readonly identityServer: string | undefined;
  /** Undefined where nobody can be asked. */
  readonly support: { readonly page: string | undefined; readonly contacts: readonly SupportContact[] } | undefined;
}

export interface SupportContact {
  /** `m.role.admin`, `m.role.security`, or a namespaced role of the operator's own. */
  readonly role: string;
  readonly mxid: string | undefined;
  readonly email: string | undefined;
}

export interface ThreepidSettings {
  /** Whether accounts may gain and lose threepids after their registration. */
  readonly changes: boolean;
  readonly email: MediumSettings & {
    /** What a mail of this server's own holds: a link to open, or a code that the user types into the client. */
    readonly proof: "link" | "code";
  };
  readonly msisdn: MediumSettings;
  /** Patterns over canonical addresses: with any, only what fits one may be used. `*` stands for any text. */
  readonly allow: readonly string[];
  /** Stronger than `allow`. */
  readonly deny: readonly string[];
  /**
   * What a client learns when an address belongs to an account already, or to none: the documented error (`state`),
   * or nothing, while the owner of the address is told by mail (`conceal`).
   */
  readonly whetherKnown: "state" | "conceal";
}

export interface MediumSettings {
  /** Whether addresses of this medium are taken at all. */
  readonly enabled: boolean;
  readonly validatedBy: Validator;
}

/** This homeserver, or the trusted identity server that the client names. */
export type Validator = "homeserver" | "identity-server";

export interface TrustedIdentityServer {
  /** Host and port, as clients send it in `id_server`. */
  readonly name: string;
  /** Whether a session that it validated may reset a password: whoever runs it can then take any account over. */
  readonly mayResetPasswords: boolean;
}

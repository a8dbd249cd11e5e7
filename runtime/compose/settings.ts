/** What an operator configured, in the words of the servers' own settings. */

import type { Configuration, HomeserverOptions, IdentityOptions } from "../config/schema.js";
import { readTerms, type TermsFile } from "../config/terms.js";
import { takesPhoneNumbers } from "../config/text-messages.js";
import type { HomeserverSettings, Validator, WellKnownSettings } from "../homeserver/settings.js";
import type { IdentitySettings } from "../identity/settings.js";
import type { Terms } from "../protocol/terms.js";
import { defaultValidationSettings, type ValidationSettings } from "../validation/validation.js";

export const identitySettings = (options: IdentityOptions): IdentitySettings => ({
  serverName: options.server_name,
  publicBaseUrl: options.public_base_url,
  allowedHomeservers: options.allowed_homeservers.length === 0 ? undefined : new Set(options.allowed_homeservers),
  v1: {
    enabled: options.v1.enabled,
    bindAnyMxid: options.v1.bind_any_mxid,
    inviteAsAnySender: options.v1.invite_as_any_sender,
  },
  maxAccessTokens: options.max_access_tokens,
  accessTokenLifetimeMs: daysOf(options.access_token_days),
  terms: termsOf(options),
  lookup: {
    maxAddresses: options.lookup.max_addresses,
    rotatePepperAfterMs: durationOf(options.lookup.rotate_pepper_after),
  },
  webClientUrl: options.web_client_url,
  invites: {
    lifetimeMs: daysOf(options.invites.lifetime_days),
    shownCharacters: options.invites.shown_characters,
    blocked: {
      homeservers: options.invites.blocked_homeservers,
      rooms: options.invites.blocked_rooms,
      keywords: options.invites.blocked_keywords,
    },
  },
});

const units = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000 } as const;

const isUnit = (text: string | undefined): text is keyof typeof units =>
  text !== undefined && Object.hasOwn(units, text);

/** In milliseconds; undefined, which is for ever, for none. */
const daysOf = (days: number): number | undefined => (days === 0 ? undefined : days * units.day);

/** `30 days` in milliseconds; undefined for `never`. The schema has checked the text. */
const durationOf = (text: string): number | undefined => {
  const [, count, unit] = /^(\d+) (minute|hour|day|week)s?$/.exec(text) ?? [];
  return isUnit(unit) ? Number(count) * units[unit] : undefined;
};

const termsOf = ({ terms_file: file }: IdentityOptions | HomeserverOptions): Terms =>
  file === undefined ? new Map() : termsIn(readTerms(file));

const termsIn = ({ docs }: TermsFile): Terms =>
  new Map(
    Object.entries(docs).map(([name, { version, langs }]) => [
      name,
      { version: String(version), texts: new Map(Object.entries(langs)) },
    ]),
  );

export const validationSettings = (
  { next_link_hosts: nextLinkHosts }: IdentityOptions | HomeserverOptions,
  { sms }: Configuration,
): ValidationSettings => ({
  ...defaultValidationSettings,
  nextLinkHosts: nextLinkHosts.length === 0 ? undefined : nextLinkHosts,
  rejectedCountries: sms.transport === "none" ? "all" : new Set(sms.reject),
});

const validator = (validate: "self" | "proxy"): Validator => (validate === "self" ? "homeserver" : "identity-server");

const wellKnownSettings = ({ well_known: told }: HomeserverOptions): WellKnownSettings => {
  const contacts = told.contacts.map(({ role, matrix_id, email_address }) => ({
    role,
    mxid: matrix_id,
    email: email_address,
  }));
  const { server, identity_server: identityServer, support_page: page } = told;
  const support = contacts.length === 0 && page === undefined ? undefined : { page, contacts };
  return { server, identityServer, support };
};

export const homeserverSettings = (options: HomeserverOptions, { sms }: Configuration): HomeserverSettings => {
  const { registration, threepid } = options;
  return {
    serverName: options.server_name,
    publicBaseUrl: options.public_base_url,
    wellKnown: wellKnownSettings(options),
    registration: {
      users: registration.enabled,
      guests: registration.enabled && registration.guests,
      flows: registration.flows,
      exclusiveNamespaces: registration.exclusive,
    },
    terms: termsOf(options),
    passwords: { minimumLength: options.passwords.min_length, requiredCharacters: options.passwords.require },
    tokens: {
      accessLifetimeMs: durationOf(options.tokens.access_lifetime),
      refreshLifetimeMs: durationOf(options.tokens.refresh_lifetime),
    },
    maxDevices: options.max_devices,
    threepids: {
      changes: threepid.changes_enabled,
      email: {
        enabled: threepid.email.enabled,
        validatedBy: validator(threepid.email.validate),
        proof: threepid.email.method,
      },
      msisdn: { enabled: takesPhoneNumbers(options, sms), validatedBy: validator(threepid.msisdn.validate) },
      allow: threepid.allow,
      deny: threepid.deny,
      whetherKnown: threepid.conceal_accounts ? "conceal" : "state",
    },
    trustedIdentityServers: threepid.trusted_id_servers.map(({ name, may_reset_passwords }) => ({
      name,
      mayResetPasswords: may_reset_passwords,
    })),
  };
};

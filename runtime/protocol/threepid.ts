/** Third-party identifiers and their canonical forms (appendices, "3PID types"). */

import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { foldCase } from "./case-folding.js";
import { protocolError } from "./errors.js";

export const media = ["email", "msisdn"] as const;

export type Medium = (typeof media)[number];

/** A canonical address and its kind. */
export interface Threepid {
  readonly medium: Medium;
  readonly address: string;
}

export const isMedium = (text: string): text is Medium => media.some((medium) => medium === text);

/** In code points, as typed. */
const maxEmailLength = 500;

export interface Email {
  /** Case-folded: what is compared and stored. */
  readonly address: string;
  /** Where mail goes: as typed, unless that might be another mailbox than the address. */
  readonly destination: string;
}

export interface PhoneNumber {
  /** E.164 digits without the plus. */
  readonly msisdn: string;
  /** For people: `+44 20 7946 0958`. */
  readonly intlFmt: string;
  /** Where it is dialled to, which need not be the country it was written for; for limits. */
  readonly country: string;
}

/**
 * What no address of ours may hold: white space, controls and invisible format characters, and everything that a mail
 * header gives a meaning to. What remains cannot be read as two addresses, a display name, a route or a comment.
 * The apostrophe stays: it is common in names and means nothing outside quotes.
 */
const forbiddenInEmail = /[\s\p{C}\p{Z}<>()[\]{}"`,;:\\|%]/u;

/** What local parts may hold and the names of hosts cannot. */
const forbiddenInDomain = /[!#$&'*+/=?^~]/;

const domainShape = /^[^.]+(\.[^.]+)*$/u;

const isEmail = (text: string): boolean => {
  const [local, domain, ...more] = text.split("@");
  if (local === undefined || domain === undefined || more.length > 0) return false;
  if ([...text].length > maxEmailLength || forbiddenInEmail.test(text)) return false;
  if (local === "" || local.startsWith(".") || local.endsWith(".") || local.includes("..")) return false;
  return (
    !forbiddenInDomain.test(domain) && domainShape.test(domain) && !domain.startsWith("-") && !domain.endsWith("-")
  );
};

/**
 * Whether nothing but the case of ASCII letters tells a typed address from its canonical form. Further folding may name
 * another mailbox or even another domain (`straße.example` is not `strasse.example`), and whoever reads mail there
 * would have proven an address that is somebody else's.
 */
export const isSameMailbox = (typed: string, canonical: string): boolean =>
  typed.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()) === canonical;

/** Reads a bare `user@domain`. Throws M_INVALID_EMAIL for everything else, so that nothing is ever half understood. */
export const parseEmail = (text: string): Email => {
  const address = foldCase(text);
  // Folding may lengthen an address, and must not bring in what was refused.
  if (!isEmail(text) || !isEmail(address)) throw protocolError("M_INVALID_EMAIL");
  return { address, destination: isSameMailbox(text, address) ? text : address };
};

const maxPhoneLength = 64;

/** Reads a number as dialled in a country (upper-case ISO 3166-1 alpha-2). Throws M_INVALID_ADDRESS. */
export const parsePhone = (country: string, phoneNumber: string): PhoneNumber => {
  if (phoneNumber.length > maxPhoneLength) throw protocolError("M_INVALID_ADDRESS");
  const region = country.toUpperCase();
  if (!isSupportedCountry(region)) throw protocolError("M_INVALID_ADDRESS", { error: "This country is not known." });
  const parsed = parsePhoneNumberFromString(phoneNumber, { defaultCountry: region, extract: false });
  if (parsed === undefined || !parsed.isValid() || parsed.ext !== undefined) throw protocolError("M_INVALID_ADDRESS");
  return { msisdn: parsed.number.slice(1), intlFmt: parsed.formatInternational(), country: parsed.country ?? region };
};

/** What lists by country may call the one that a number is dialled to: `GB`, where that is known, and `44`. */
export const countryNames = (msisdn: string): readonly string[] => {
  const parsed = parsePhoneNumberFromString(`+${msisdn}`, { extract: false });
  if (parsed === undefined) return [];
  return [...(parsed.country === undefined ? [] : [parsed.country]), parsed.countryCallingCode];
};

/**
 * The form under which a given address is stored, without judging whether it could exist: addresses that are looked
 * up, deleted or unbound need only find what was stored.
 */
export const canonicalAddress = (medium: Medium, address: string): string =>
  medium === "email" ? foldCase(address) : address.replace(/^\+/, "");

/** {@link canonicalAddress} with its medium. */
export const canonicalThreepid = (medium: Medium, address: string): Threepid => ({
  medium,
  address: canonicalAddress(medium, address),
});

/** E.164 without the plus. */
const msisdnShape = /^[1-9][0-9]{0,14}$/;

const isAddress: Readonly<Record<Medium, (address: string) => boolean>> = {
  email: isEmail,
  msisdn: (address) => msisdnShape.test(address),
};

/** A threepid as another server names it, in the form that is stored here; undefined for what is none. */
export const foreignThreepid = (medium: string, address: string): Threepid | undefined => {
  if (!isMedium(medium) || address.length > 2 * maxEmailLength) return undefined;
  const threepid = canonicalThreepid(medium, address);
  return isAddress[medium](threepid.address) ? threepid : undefined;
};

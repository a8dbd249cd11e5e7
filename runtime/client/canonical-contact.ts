/** Addresses of an address book in the form that they are bound and looked up by (appendices, "3PID types"). */

import { foldCase } from "../protocol/case-folding.js";

/** Somebody's address, as an address book has it. */
export interface Contact {
  readonly medium: "email" | "msisdn";
  /** A mail address, or a phone number with its country code: `+44 7700 900333`. */
  readonly address: string;
}

/** The same as everybody writes it: mail addresses case-folded, numbers as their digits. */
export interface CanonicalContact {
  readonly medium: "email" | "msisdn";
  readonly address: string;
}

/** One `@`, and nothing that could be read as a name beside it or a second address: no space above all. */
const mailAddress = /^[^\s@<>"(),:;]+@[^\s@<>"(),:;]+$/;

/** What people put between the digits of a number; `(0)` is dialled within the country alone. */
const punctuation = /\(0\)|[\s().\-\u2010-\u2015\u00a0\u202f]/g;

/** Country codes begin with no zero, and all of it has at most 15 digits (E.164). */
const international = /^\+?([1-9][0-9]{6,14})$/;

const canonicalNumber = (number: string): string | undefined =>
  international.exec(number.replaceAll(punctuation, ""))?.[1];

/**
 * The canonical form; undefined where there is none: text that is no address, and a number that is only dialled within
 * its country, since which country that is nobody says.
 */
export const canonicalContact = ({ medium, address }: Contact): CanonicalContact | undefined => {
  if (medium === "email") return mailAddress.test(address) ? { medium, address: foldCase(address) } : undefined;
  const digits = canonicalNumber(address);
  return digits === undefined ? undefined : { medium, address: digits };
};

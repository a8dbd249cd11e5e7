/** Whom a text message comes from, by the country it goes to. */

import { countryNames } from "../protocol/threepid.js";

/** GSM's types of number: international, network specific (a short code), alphanumeric. */
const typesOfNumber = { long: 1, short: 3, alpha: 5 } as const;

type Kind = keyof typeof typesOfNumber;

export interface Originator {
  readonly kind: Kind;
  /** A number's digits without plus, or the words. */
  readonly address: string;
  readonly typeOfNumber: number;
}

const isKind = (text: string): text is Kind => Object.hasOwn(typesOfNumber, text);

/** Reads `long:+441632960000`, `short:60000` or `alpha:Example`. */
export const originatorOf = (text: string): Originator => {
  const [, kind = "", address = ""] = /^(\w+):(.+)$/s.exec(text) ?? [];
  if (!isKind(kind)) throw new Error(`"${text}" is no originator: write long:, short: or alpha: and what follows`);
  return {
    kind,
    address: kind === "alpha" ? address : address.replace(/^\+/, ""),
    typeOfNumber: typesOfNumber[kind],
  };
};

const digitSum = (digits: string): number => [...digits].reduce((sum, digit) => sum + Number(digit), 0);

/** The originator for a number. */
export type Originators = (msisdn: string) => Originator;

/**
 * Originators by country (`GB`), by calling code (`44`) and, for all others, by `default`. Of several the number
 * decides, so that whoever asks again hears from the same one.
 */
export const originators = (lists: Readonly<Record<string, readonly string[]>>): Originators => {
  const read = new Map(Object.entries(lists).map(([country, list]) => [country, list.map(originatorOf)]));
  return (msisdn) => {
    const listed = [...countryNames(msisdn), "default"].map((name) => read.get(name)).find((it) => it !== undefined);
    const chosen = listed?.[digitSum(msisdn) % listed.length];
    if (chosen === undefined) throw new Error("there is no originator for this number, and no default");
    return chosen;
  };
};

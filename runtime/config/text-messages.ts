/** What a gateway for text messages is told, and about which countries. */

import { getCountries, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { nearest } from "./nearest.js";
import type { Configuration, HomeserverOptions } from "./schema.js";
import type { Path } from "./source.js";
import type { Finding } from "./validate.js";

type SmsOptions = Configuration["sms"];

/** Whether accounts may have phone numbers: a homeserver that proves these itself has to send text messages. */
export const takesPhoneNumbers = ({ threepid: { msisdn } }: HomeserverOptions, { transport }: SmsOptions): boolean =>
  msisdn.enabled && (msisdn.validate === "proxy" || transport !== "none");

/** What a template of a gateway may hold. */
export const smsHoles = [
  "to",
  "text",
  "code",
  "originator",
  "from",
  "originator_ton",
  "user",
  "password",
  "basic",
] as const;

/** What would not work, or never, however a gateway is reached. */
export function unusableTextMessages({ sms }: Configuration): readonly Finding[] {
  return [...countries(sms), ...templates(sms)];
}

function countries({ originators, reject }: SmsOptions): readonly Finding[] {
  const named = [
    ...Object.keys(originators)
      .filter((name) => name !== "default")
      .map((name) => ({ name, path: ["sms", "originators", name], others: ["default"] })),
    ...reject.map((name, index) => ({ name, path: ["sms", "reject", index], others: [] })),
  ];
  return named
    .filter(({ name }) => !isCountry(name))
    .map(({ name, path, others }) => ({
      path,
      what: `"${name}" in "${path.slice(0, 2).join(".")}" is no country and no calling code`,
      hint: countryHint(name, others),
    }));
}

/** Whether a list by country may name it: `GB`, or `44`. */
export function isCountry(name: string): boolean {
  return /^[0-9]+$/.test(name) ? isCallingCode(name) : isSupportedCountry(name);
}

/** As numbers are read: one that begins so is of that code, satellites and free phones included. */
function isCallingCode(digits: string): boolean {
  return parsePhoneNumberFromString(`+${digits}5550123`, { extract: false })?.countryCallingCode === digits;
}

/** Names that people give to a country, and the standard to none. */
const usualNames: Readonly<Record<string, string>> = { UK: "GB", EN: "GB", EL: "GR" };

function countryHint(name: string, others: readonly string[]): string {
  const upper = name.toUpperCase();
  const shorter = [1, 2].map((length) => name.slice(0, length)).find(isCallingCode);
  // The first letter is seldom the wrong one.
  const alike = getCountries().sort((a, b) => Number(b[0] === upper[0]) - Number(a[0] === upper[0]));
  const known = usualNames[upper] ?? (isCountry(upper) ? upper : shorter);
  const near = known ?? nearest(upper, alike) ?? nearest(name, others);
  return near === undefined
    ? `name a country such as GB, or a calling code such as "44"`
    : `did you mean ${near}? A country has two capital letters (ISO 3166-1), a calling code its digits alone`;
}

function templates({ url, headers, body }: SmsOptions): readonly Finding[] {
  const given: readonly { path: Path; text: string | undefined }[] = [
    { path: ["sms", "url"], text: url },
    { path: ["sms", "body"], text: body },
    ...Object.entries(headers).map(([name, text]) => ({ path: ["sms", "headers", name], text })),
  ];
  const holes = given.flatMap(({ path, text }) => (text === undefined ? [] : wrongHoles(path, text)));
  return holes.length > 0 || url === undefined ? holes : wrongAddress(url);
}

/** What stands between braces, or begins to: whatever else is in a template may be a secret, and is not told. */
function wrongHoles(path: Path, text: string): readonly Finding[] {
  const option = `"${path.join(".")}"`;
  const names = smsHoles.map((name) => `{{${name}}}`).join(", ");
  return [...text.matchAll(/\{\{(?:\s*(\w+)\s*\}\})?/g)].flatMap(([, name]) => {
    if (name === undefined) {
      return [{ path, what: `${option} holds {{ and no name after it`, hint: `it may hold ${names}` }];
    }
    if (smsHoles.some((hole) => hole === name)) return [];
    const near = nearest(name, smsHoles);
    const hint = near === undefined ? `it may hold ${names}` : `did you mean {{${near}}}?`;
    return [{ path, what: `${option} holds {{${name}}}, and nothing is called that`, hint }];
  });
}

/** What it is filled with for real is escaped: no number or message leads to another host. */
function wrongAddress(url: string): readonly Finding[] {
  const path = ["sms", "url"];
  const filled = url.replace(/\{\{\s*\w+\s*\}\}/g, "0");
  if (!URL.canParse(filled)) {
    return [{ path, what: '"sms.url" is no address', hint: "write it as https://sms.example.org/send" }];
  }
  const { username, password } = new URL(filled);
  if (username + password === "") return [];
  return [{ path, what: '"sms.url" names a user', hint: 'use "sms.user" and "sms.password" for that' }];
}

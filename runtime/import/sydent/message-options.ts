/** Options of `[email]` and `[sms]`. */

import { isCountry } from "../../config/text-messages.js";
import {
  type Given,
  none,
  type Outcome,
  type Rule,
  type Rules,
  type Setting,
  same,
  translated,
  unset,
  wholeNumber,
  wrong,
} from "./option-rule.js";

const hostname = "{hostname}";

/** `Name <address>`, or an address alone. Files that a Sydent made itself have `{hostname}` in it. */
const sender: Rule = (text, given) => {
  if (text === undefined) return unset;
  const [serverName = ""] = given.value("[general] server.name")?.split(/:\d+$/) ?? [];
  const value = text.replaceAll(hostname, given.value("[email] email.hostname") ?? serverName);
  const [, name = "", address = value] = /^\s*"?([^"<]*?)"?\s*<([^<>]+)>\s*$/.exec(value) ?? [];
  const from = { path: ["mail", "from"], value: address.trim() };
  const settings = name === "" ? [from] : [from, { path: ["mail", "from_name"], value: name }];
  return { kind: "translated", settings, ...(text === value ? {} : { note: `${hostname} is filled in` }) };
};

/** A Sydent always sends by a mail server, its own machine's where none is named. */
const host: Rule = (value) => ({
  kind: "translated",
  settings: [
    { path: ["mail", "transport"], value: "smtp" },
    { path: ["mail", "host"], value: value ?? "localhost" },
  ],
  ...(value === undefined ? { note: "Sydent's default" } : {}),
});

const modes: Readonly<Record<string, string>> = { "0": "none", STARTTLS: "starttls", TLS: "tls", SSL: "tls" };

const tls: Rule = (value) => {
  if (value === undefined) return translated("mail.tls", "none", "Sydent's default: mail is not encrypted");
  const mode = modes[value.toUpperCase()];
  return mode === undefined
    ? wrong(`"${value}" is no mode`, "use one of 0, STARTTLS, TLS, SSL")
    : translated("mail.tls", mode);
};

const webClient: Rule = (value) =>
  value === undefined ? unset : translated("identity.web_client_url", value.replace(/\/+$/, ""));

const shown = ["username", "domain"].map((part) => `[email] email.third_party_invite_${part}_obfuscate_characters`);

/** Of two numbers the smaller one: nobody is shown more of an address than before. */
const redaction: Rule = (value, given) => {
  if (value === undefined) return unset;
  const numbers = shown.map((option) => given.value(option) ?? "3");
  if (!numbers.every((it) => /^\d{1,2}$/.test(it)))
    return wrong(`"${value}" is no number of characters`, "use 0 to 64");
  const note = numbers[0] === numbers[1] ? undefined : "the smaller one holds for both parts of an address";
  return translated("identity.invites.shown_characters", Math.min(...numbers.map(Number)), note);
};

const units = [
  ["s", 1, 999],
  ["m", 60, 999],
  ["h", 3_600, 499],
  ["d", 86_400, 24],
] as const;

const rateShape = /^(?:\d{1,12}(?:\.\d{1,12})?|\.\d{1,12}|\d{1,9}\/\d{1,9})(?:e-?\d{1,2})?$/i;

/** A number, or a fraction such as 1/300. */
const readRate = (text: string): number => {
  const [above = "", below = "1"] = text.split("/");
  return rateShape.test(text) ? Number(above) / Number(below) : Number.NaN;
};

/**
 * A bucket of `burst` that fills at `hertz` lets as much through in the long run, and as much at once, as `burst` for
 * the time that filling it takes. `5/25m` for a burst of 5 and a rate of 1/300.
 */
const rateOf = (burst: number, hertz: number): string | undefined => {
  const seconds = burst / hertz;
  // The finest unit that says it; of whole ones the coarsest, because `5/5h` reads better than `5/300m`.
  const fitting = units.filter(([, size, most]) => Math.ceil(seconds / size) <= most);
  const [unit, size] =
    fitting.findLast(([, length]) => Number.isInteger(Math.round(seconds * 1e6) / 1e6 / length)) ?? fitting[0] ?? [];
  if (unit === undefined || size === undefined) return undefined;
  const times = Math.max(1, Math.ceil(Math.round(seconds * 1e6) / 1e6 / size));
  return `${burst}/${times === 1 ? "" : times}${unit}`;
};

/** Both halves of a limit make one option of ours; the default of the half that is missing is Sydent's. */
const limit =
  (
    path: string,
    options: { readonly burst: string; readonly hertz: string },
    defaults: readonly [burst: string, hertz: string],
  ): Rule =>
  (value, given: Given): Outcome => {
    if (value === undefined) return unset;
    const burst = Number(given.value(options.burst) ?? defaults[0]);
    const hertz = readRate(given.value(options.hertz) ?? defaults[1]);
    const isUsable = Number.isInteger(burst) && burst > 0 && burst < 10_000_000 && Number.isFinite(hertz) && hertz > 0;
    const rate = isUsable ? rateOf(burst, hertz) : undefined;
    if (rate === undefined) return wrong(`"${value}" makes no limit`, "use a whole burst and a rate in Hz above 0");
    return translated(path, rate);
  };

const limits = (path: string, prefix: string, defaults: readonly [burst: string, hertz: string]): Rules => {
  const options = { burst: `${prefix}.burst`, hertz: `${prefix}.rate_hz` };
  const rule = limit(path, options, defaults);
  return { [options.burst]: rule, [options.hertz]: rule };
};

const originator = (country: string, value: readonly string[]): Setting => ({
  path: ["sms", "originators", country],
  value,
});

const noCountry = (country: string): Outcome =>
  wrong(
    `"${country}" is no calling code`,
    "name a country by the digits that its numbers begin with, or remove the line",
  );

function originators(country: string): (value: string | undefined) => Outcome {
  return (value) => {
    if (value === undefined) return unset;
    if (country !== "default" && !isCountry(country)) return noCountry(country);
    return {
      kind: "translated",
      settings: [
        originator(
          country,
          value.split(",").map((it) => it.trim()),
        ),
      ],
    };
  };
}

function smsRule(country: string): Rule {
  return (value) => {
    if (value === undefined || /^allow$/i.test(value)) return unset;
    if (!/^reject$/i.test(value)) return wrong(`"${value}" is no rule`, "use allow or reject");
    if (!isCountry(country)) return noCountry(country);
    return { kind: "translated", settings: [{ path: ["sms", "reject"], value: country, isElement: true }] };
  };
}

const subject = none("subjects are templates, in mail.templates");

/** Elements may hold spaces. */
const blocklist =
  (path: string): Rule =>
  (value) => {
    const elements = value?.split(/[,\n]/).map((it) => it.trim()) ?? [];
    return value === undefined
      ? unset
      : translated(
          path,
          elements.filter((it) => it !== ""),
        );
  };

export const emailOptions: Rules = {
  "[email] email.from": sender,
  "[email] email.smtphost": host,
  "[email] email.smtpport": wholeNumber("mail.port", translated("mail.port", 25, "Sydent's default")),
  "[email] email.smtpusername": same("mail.user"),
  "[email] email.smtppassword": same("mail.password"),
  "[email] email.hostname": same("mail.helo"),
  "[email] email.tlsmode": tls,
  "[email] email.subject": subject,
  "[email] email.template": none("templates are written in another language: write yours anew, for mail.templates"),
  "[email] email.invite.subject": subject,
  "[email] email.invite.subject_space": subject,
  "[email] email.invite_template": none(
    "templates are written in another language: write yours anew, for mail.templates",
  ),
  "[email] email.default_web_client_location": webClient,
  "[email] email.third_party_invite_username_obfuscate_characters": redaction,
  "[email] email.third_party_invite_domain_obfuscate_characters": redaction,
  "[email] email.third_party_invite_homeserver_blocklist": blocklist("identity.invites.blocked_homeservers"),
  "[email] email.third_party_invite_room_blocklist": blocklist("identity.invites.blocked_rooms"),
  "[email] email.third_party_invite_keyword_blocklist": blocklist("identity.invites.blocked_keywords"),
  ...limits("limits.invite_sender", "[email] email.ratelimit_sender", ["5", "1/300"]),
};

/** A Sydent knows one gateway, and sends nothing without an account there. */
const smsUser: Rule = (value) => {
  if (value === undefined) {
    const settings = [{ path: ["sms", "transport"], value: "none" }];
    return { kind: "translated", settings, note: "Sydent sends no text messages without an account" };
  }
  const settings = [
    { path: ["sms", "transport"], value: "gateway" },
    { path: ["sms", "preset"], value: "openmarket" },
    { path: ["sms", "user"], value },
  ];
  return { kind: "translated", settings };
};

const smsPassword: Rule = (value, given) =>
  value === undefined || given.value("[sms] username") === undefined ? unset : translated("sms.password", value);

export const smsOptions: Rules = {
  "[sms] bodytemplate": none("the text is a template, in mail.templates"),
  "[sms] username": smsUser,
  "[sms] password": smsPassword,
  "[sms] originators.default": (value, given) => {
    if (value !== undefined) return originators("default")(value);
    if (given.value("[sms] username") === undefined) return unset;
    return { kind: "translated", settings: [originator("default", ["alpha:Matrix"])], note: "Sydent's default" };
  },
  ...limits("limits.send_address", "[sms] msisdn.ratelimit", ["5", "1/3600"]),
  ...limits("limits.send_country", "[sms] country.ratelimit", ["50", "1/60"]),
};

/** Options whose names go on with a country. */
export const smsPrefixes: Readonly<Record<string, (country: string) => Rule>> = {
  "[sms] originators.": originators,
  "[sms] smsrule.": smsRule,
};

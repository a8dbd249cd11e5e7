/** Text messages through any gateway that takes an HTTP request. */

import type { smsHoles } from "../config/text-messages.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Sms, SmsGateway } from "../ports/sms.js";
import { isAnswer } from "./answer-test.js";
import type { AnswerTest, Gateway } from "./gateways/gateway.js";
import { originators } from "./originators.js";
import type { Templates } from "./templates.js";

export interface HttpSmsSettings extends Gateway {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Lists by country, calling code or `default`: see {@link originators}. */
  readonly originators: Readonly<Record<string, readonly string[]>>;
  /** For the whole exchange (ms). */
  readonly timeoutMs: number;
}

/** A `fetch` that checks where it goes, reads no endless answers and follows no redirect: they count as refusals. */
export interface CheckedFetch {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

type Escape = (text: string) => string;

const escapeFor = (contentType: string): Escape => {
  if (/json/i.test(contentType)) return (text) => JSON.stringify(text).slice(1, -1);
  if (/urlencoded/i.test(contentType)) return encodeURIComponent;
  if (/xml/i.test(contentType)) return (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
  return (text) => text;
};

const headerSafe: Escape = (text) => text.replace(/[^\x20-\x7e]/g, "");

type Values = Readonly<Record<(typeof smsHoles)[number], string>>;

type Fill = (values: Values) => string;

/** `{{to}}` and so on; the configuration was checked, and a template has no other holes. */
const filling =
  (template: string, escapeValue: Escape): Fill =>
  (values) => {
    const texts = new Map<string, string>(Object.entries(values));
    return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => escapeValue(texts.get(name) ?? ""));
  };

/** Where the gateway is, as the log may tell: not what is in its address besides. */
const hostOf = (url: string): string => {
  const filled = url.replace(/\{\{\s*\w+\s*\}\}/g, "0");
  return URL.canParse(filled) ? new URL(filled).host : "";
};

const isGiven = ({ statuses, json, text }: AnswerTest): boolean =>
  statuses !== undefined || json !== undefined || text !== undefined;

/** A gateway as configured. */
export const httpSms = (templates: Templates, settings: HttpSmsSettings, outgoing: CheckedFetch): SmsGateway => {
  const { user = "", password = "", success, rejected } = settings;
  const contentType = Object.entries(settings.headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const gateway = `the SMS gateway at ${hostOf(settings.url)}`;
  const url = filling(settings.url, encodeURIComponent);
  const body = settings.body === undefined ? undefined : filling(settings.body, escapeFor(contentType ?? ""));
  const headers = Object.entries(settings.headers).map(([name, value]) => [name, filling(value, headerSafe)] as const);
  const originatorFor = originators(settings.originators);
  const basic = Buffer.from(`${user}:${password}`).toString("base64");

  const valuesOf = (sms: Sms): Values => {
    const { kind, address, typeOfNumber } = originatorFor(sms.to);
    return {
      to: sms.to,
      code: sms.code,
      text: templates.sms(sms),
      originator: address,
      from: kind === "long" ? `+${address}` : address,
      originator_ton: String(typeOfNumber),
      user,
      password,
      basic,
    };
  };

  const exchange = async (sms: Sms, signal: AbortSignal) => {
    const values = valuesOf(sms);
    const answer = await outgoing.fetch(url(values), {
      method: settings.method,
      headers: Object.fromEntries(headers.map(([name, fill]) => [name, fill(values)])),
      body: settings.method === "GET" ? null : (body?.(values) ?? null),
      signal,
    });
    return { status: answer.status, text: await answer.text() };
  };

  const judge = (answer: { readonly status: number; readonly text: string }): void => {
    const { status } = answer;
    if (isGiven(rejected) && isAnswer(answer, rejected)) {
      throw new DeliveryError("destination-rejected", `${gateway} rejects the destination (status ${status})`);
    }
    const expected = success.statuses !== undefined || (status >= 200 && status < 300);
    if (!expected || !isAnswer(answer, success)) {
      throw new DeliveryError("refused", `${gateway} refused the message (status ${status})`);
    }
  };

  return {
    send: async (sms, signal) => {
      const deadline = AbortSignal.timeout(settings.timeoutMs);
      try {
        judge(await exchange(sms, signal === undefined ? deadline : AbortSignal.any([signal, deadline])));
      } catch (error) {
        if (error instanceof DeliveryError) throw error;
        throw new DeliveryError("unreachable", `${gateway} ${whyOf(error, deadline)}`, { cause: error });
      }
    },
    close: outgoing.close,
  };
};

/**
 * The way out has a deadline of its own, and either may be the first to pass. What it says tells of hosts and limits;
 * whatever else was thrown may quote the number.
 */
const whyOf = (error: unknown, deadline: AbortSignal): string => {
  const isFromWayOut = error instanceof Error && error.name === "OutgoingError";
  if (deadline.aborted || (isFromWayOut && "reason" in error && error.reason === "timeout")) return "took too long";
  return isFromWayOut ? `could not be used: ${error.message}` : "could not be used";
};

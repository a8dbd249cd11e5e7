/** Text messages through any gateway that takes an HTTP request. */

import Handlebars from "handlebars";
import { Agent, request } from "undici";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Sms, SmsGateway } from "../ports/sms.js";
import type { Templates } from "./templates.js";

/**
 * How to talk to the gateway. `url`, the values of `headers` and `body` are templates over `to` (E.164 digits without
 * plus), `text`, `code` and `originator`; values are escaped for where they stand.
 */
export interface HttpSmsSettings {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly originator?: string | undefined;
  /** The statuses that mean "taken over"; any 2xx when absent. */
  readonly successStatuses?: readonly number[] | undefined;
  /** What the answer's text must hold besides. */
  readonly successText?: string | undefined;
  /** An answer that holds this will never deliver to the number: M_DESTINATION_REJECTED. */
  readonly rejectedText?: string | undefined;
  /** For the whole exchange (ms). */
  readonly timeoutMs: number;
}

const maxAnswerBytes = 64 * 1024;

type Escape = (text: string) => string;

const escapeFor = (contentType: string): Escape => {
  if (/json/i.test(contentType)) return (text) => JSON.stringify(text).slice(1, -1);
  if (/urlencoded/i.test(contentType)) return encodeURIComponent;
  if (/xml/i.test(contentType)) return (text) => Handlebars.escapeExpression(text);
  return (text) => text;
};

const headerSafe: Escape = (text) => text.replace(/[^\x20-\x7e]/g, "");

type Fill = (values: Readonly<Record<string, string>>) => string;

const sample = { to: "", code: "", text: "", originator: "" };

/** Compiles an operator's template and tries it once, so that a mistake in it shows at the start. */
const compile = (what: string, template: string, escapeValue: Escape): Fill => {
  const fill = Handlebars.compile<object>(template, { noEscape: true, strict: true });
  try {
    fill(sample);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The ${what} of the SMS gateway cannot be used: ${reason}. It may hold {{to}}, {{text}}, {{code}} and {{originator}}.`,
      { cause: error },
    );
  }
  return (values) =>
    fill(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, escapeValue(value)])));
};

const readText = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new DeliveryError("unreachable", "the SMS gateway's answer was too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/** A gateway as configured; throws when one of the templates cannot be used. Redirects are not followed: they count as refusals. */
export const httpSms = (templates: Templates, settings: HttpSmsSettings): SmsGateway => {
  const contentType = Object.entries(settings.headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const url = compile("URL", settings.url, encodeURIComponent);
  const body = settings.body === undefined ? undefined : compile("body", settings.body, escapeFor(contentType ?? ""));
  const headers = Object.entries(settings.headers).map(
    ([name, value]) => [name, compile(`header ${name}`, value, headerSafe)] as const,
  );
  const agent = new Agent({ connect: { timeout: settings.timeoutMs }, connections: 8 });

  const exchange = async (sms: Sms, signal: AbortSignal) => {
    const values = { to: sms.to, code: sms.code, text: templates.sms(sms), originator: settings.originator ?? "" };
    const answer = await request(url(values), {
      method: settings.method,
      headers: Object.fromEntries(headers.map(([name, fill]) => [name, fill(values)])),
      body: body?.(values) ?? null,
      signal,
      dispatcher: agent,
    });
    return { status: answer.statusCode, text: await readText(answer.body) };
  };

  const judge = ({ status, text }: { status: number; text: string }): void => {
    if (settings.rejectedText !== undefined && text.includes(settings.rejectedText)) {
      throw new DeliveryError("destination-rejected", `the SMS gateway rejects the destination (status ${status})`);
    }
    const expected = settings.successStatuses?.includes(status) ?? (status >= 200 && status < 300);
    if (!expected || (settings.successText !== undefined && !text.includes(settings.successText))) {
      throw new DeliveryError("refused", `the SMS gateway refused the message (status ${status})`);
    }
  };

  return {
    send: async (sms, signal) => {
      const deadline = AbortSignal.timeout(settings.timeoutMs);
      try {
        judge(await exchange(sms, signal === undefined ? deadline : AbortSignal.any([signal, deadline])));
      } catch (error) {
        if (error instanceof DeliveryError) throw error;
        const reason = error instanceof Error && error.name === "TimeoutError" ? "took too long" : "could not be used";
        throw new DeliveryError("unreachable", `the SMS gateway ${reason}`, { cause: error });
      }
    },
    close: () => agent.destroy(),
  };
};

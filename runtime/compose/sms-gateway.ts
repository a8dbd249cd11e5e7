/** The gateway for text messages, as configured over a preset. */

import type { Configuration } from "../config/schema.js";
import type { AnswerTest, Gateway } from "../delivery/gateways/gateway.js";
import { gateways } from "../delivery/gateways/index.js";
import { httpSms } from "../delivery/http-sms.js";
import type { Templates } from "../delivery/templates.js";
import { destinations } from "../federation/destinations.js";
import type { SmsGateway } from "../ports/sms.js";
import { reach } from "./reach.js";
import type { Surroundings } from "./surroundings.js";

const maxAnswerBytes = 64 * 1024;

export const smsGateway = (configuration: Configuration, templates: Templates, around: Surroundings): SmsGateway => {
  const { sms, network } = configuration;
  const preset: Gateway = gateways[sms.preset];
  // The configuration was checked: there is a URL, the preset's or the operator's.
  const url = sms.url ?? preset.url ?? "";
  const outgoing = reach(configuration, around, {
    maxAnswerBytes,
    timeoutMs: sms.timeout_ms,
    // The operator's own gateway may be in a private network: it was no stranger's choice.
    destinations: destinations([...network.allow_private, ...hostOf(sms.url)], network.refuse),
  });
  const settings = {
    method: sms.method ?? preset.method,
    url,
    headers: merged(preset.headers, sms.headers),
    ...bodyOf(sms.body ?? preset.body),
    user: sms.user,
    password: sms.password,
    originators: sms.originators,
    success: over(preset.success, sms.success_statuses, sms.success_json, sms.success_text),
    rejected: over(preset.rejected, sms.rejected_statuses, sms.rejected_json, sms.rejected_text),
    timeoutMs: sms.timeout_ms,
  };
  return httpSms(templates, settings, outgoing);
};

const bodyOf = (body: string | undefined) => (body === undefined ? {} : { body });

const hostOf = (url: string | undefined): readonly string[] =>
  url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : [];

/** Names of headers are the same in upper and lower case. */
const merged = (preset: Gateway["headers"], own: Gateway["headers"]): Gateway["headers"] => {
  const replaced = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const kept = Object.entries(preset).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...own };
};

/** Once the operator says anything of such answers, what the preset says of them does not count. */
const over = (
  preset: AnswerTest,
  statuses: readonly number[],
  json: Readonly<Record<string, readonly string[]>>,
  text: string | undefined,
): AnswerTest => {
  const own = {
    ...(statuses.length === 0 ? {} : { statuses }),
    ...(Object.keys(json).length === 0 ? {} : { json }),
    ...(text === undefined ? {} : { text }),
  };
  return Object.keys(own).length === 0 ? preset : own;
};

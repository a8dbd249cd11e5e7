/** What both servers share: time, randomness, the log, limits, and what may be connected to by which names. */

import type { Configuration } from "../config/schema.js";
import type { Endpoint } from "../federation/checked-connector.js";
import { type Destinations, destinations } from "../federation/destinations.js";
import { type Dns, dns } from "../federation/dns.js";
import { jsonLogger, type LogLevel } from "../observe/logger.js";
import type { Clock } from "../ports/clock.js";
import type { Limiter, LimitScope } from "../ports/limiter.js";
import type { Logger } from "../ports/logger.js";
import type { Random } from "../ports/random.js";
import { systemRandom } from "../protocol/tokens.js";
import { type Limit, memoryLimiter } from "../storage/memory-limiter.js";
import { networkLimiter } from "../storage/network-limiter.js";
import { sparingLimiter } from "../storage/sparing-limiter.js";

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Whether anybody sees a line of level debug for every request. */
  readonly logsRequests: boolean;
  readonly limiter: Limiter;
  readonly destinations: Destinations;
  readonly dns: Dns;
  /** Where a connection to an address that passed the check really goes; to that address when absent. */
  readonly dial?: ((checked: Endpoint) => Endpoint) | undefined;
}

export const surroundings = (
  configuration: Configuration,
  { clock = { now: () => Date.now() }, ...given }: Partial<Surroundings> = {},
): Surroundings => ({
  clock,
  random: given.random ?? systemRandom,
  log: given.log ?? jsonLogger(configuration.log.level),
  // A logger of the caller's own decides for itself what it shows.
  logsRequests: given.logsRequests ?? (given.log !== undefined || showsDebug(configuration.log.level)),
  limiter: given.limiter ?? limiterOf(configuration.limits, clock),
  destinations: given.destinations ?? destinations(configuration.network.allow_private, configuration.network.refuse),
  dns: given.dns ?? dns(configuration.network.dns_servers),
  dial: given.dial,
});

const showsDebug = (level: LogLevel): boolean => level === "debug" || level === "trace";

const milliseconds = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const isUnit = (text: string): text is keyof typeof milliseconds => Object.hasOwn(milliseconds, text);

/** `20/h` or `5/10m`; undefined for `unlimited`. The schema has checked the text. */
const limitOf = (rate: string): Limit | undefined => {
  const [, points = "", times = "", unit = ""] = /^(\d+)\/(\d*)([smhd])$/.exec(rate) ?? [];
  if (!isUnit(unit)) return undefined;
  return { points: Number(points), durationMs: Number(times || "1") * milliseconds[unit] };
};

type Rates = Omit<Configuration["limits"], "shared_addresses">;

/** Which option limits which scope: every scope has one. */
const scopes = {
  send_ip: "send.ip",
  send_mxid: "send.mxid",
  send_address: "send.address",
  send_country: "send.country",
  invite_sender: "invite.sender",
  submit_address: "submit.address",
  secret_sid: "secret.sid",
  password_ip: "password.ip",
  password_account: "password.account",
  password_everywhere: "password.everywhere",
  token_ip: "token.ip",
  captcha_ip: "captcha.ip",
  proof_ip: "proof.ip",
  register_ip: "register.ip",
  account_ip: "account.ip",
  interactive_ip: "interactive.ip",
  bind_ip: "bind.ip",
  bind_mxid: "bind.mxid",
  exchange_homeserver: "exchange.homeserver",
  lookup_mxid: "lookup.mxid",
  lookup_homeserver: "lookup.homeserver",
  lookup_ip: "lookup.ip",
  password_mxid: "password.mxid",
  openid_mxid: "openid.mxid",
  keys_ip: "keys.ip",
  request_ip: "request.ip",
} as const satisfies Readonly<Record<keyof Rates, LimitScope>>;

const isLimited = (option: string): option is keyof typeof scopes => Object.hasOwn(scopes, option);

const limiterOf = ({ shared_addresses, ...rates }: Configuration["limits"], clock: Clock): Limiter =>
  sparingLimiter(networkLimiter(memoryLimiter(limitsOf(rates), clock)), shared_addresses);

const limitsOf = (rates: Rates): Readonly<Partial<Record<LimitScope, Limit>>> => {
  const limits: Partial<Record<LimitScope, Limit>> = {};
  for (const [option, rate] of Object.entries(rates)) {
    const limit = limitOf(rate);
    if (isLimited(option) && limit !== undefined) limits[scopes[option]] = limit;
  }
  return limits;
};

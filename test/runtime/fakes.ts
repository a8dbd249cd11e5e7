/** Ports that tests hold in their hands: a clock to turn, messages to read, failures to order. */

import { messageTemplates } from "../../runtime/delivery/templates.js";
import type { Clock } from "../../runtime/ports/clock.js";
import type { Courier, Mail } from "../../runtime/ports/courier.js";
import type { Limiter, LimitScope } from "../../runtime/ports/limiter.js";
import type { Logger } from "../../runtime/ports/logger.js";
import type { Sms, SmsGateway } from "../../runtime/ports/sms.js";

export interface FakeClock extends Clock {
  /** Lets so many milliseconds go by. */
  advance(ms: number): void;
}

export const fakeClock = (start = Date.UTC(2026, 0, 2, 3, 4, 5)): FakeClock => {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
};

/** A courier or gateway that keeps what it is given. */
export interface Recorder<Message> {
  readonly sent: Message[];
  /** Thrown by the next sendings while set. */
  failure: Error | undefined;
  /** Awaited by every sending. */
  gate: Promise<void> | undefined;
  send(message: Message): Promise<void>;
  close(): Promise<void>;
}

const recorder = <Message>(): Recorder<Message> => {
  const it: Recorder<Message> = {
    sent: [],
    failure: undefined,
    gate: undefined,
    send: async (message) => {
      await it.gate;
      if (it.failure !== undefined) throw it.failure;
      it.sent.push(message);
    },
    close: async () => undefined,
  };
  return it;
};

export const fakeCourier = (): Recorder<Mail> & Courier => recorder<Mail>();
/** The very pages that people see. */
export const fakePages = messageTemplates("Example").page;

export const fakeSms = (): Recorder<Sms> & SmsGateway => recorder<Sms>();

/** Refuses the scopes it is told to, and remembers what was counted. */
export const fakeLimiter = (): Limiter & { readonly counted: string[]; readonly refused: Set<LimitScope> } => {
  const counted: string[] = [];
  const refused = new Set<LimitScope>();
  return {
    counted,
    refused,
    consume: async (scope, key, cost = 1) => {
      if (cost > 0) counted.push(`${scope} ${key}`);
      return refused.has(scope) ? { allowed: false, retryAfterMs: 1500 } : { allowed: true, retryAfterMs: 0 };
    },
  };
};

/** Keeps the messages, each with its level before it. */
export const fakeLogger = (): Logger & { readonly lines: string[] } => {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: object) => {
    lines.push(`${level} ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`);
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
};

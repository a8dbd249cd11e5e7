/** Mail over SMTP, through a pool of connections. */

import { createTransport } from "nodemailer";
import type { Clock } from "../ports/clock.js";
import type { Courier } from "../ports/courier.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Random } from "../ports/random.js";
import { message, type Sender } from "./message.js";
import { smtpFailure } from "./smtp-failure.js";
import { needsUtf8, smtpUtf8 } from "./smtp-utf8.js";
import type { Templates } from "./templates.js";

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `starttls` fails when the server does not offer it. Certificates are always checked. */
  readonly tls: "none" | "starttls" | "tls";
  /** PEM of the authority to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** What we call ourselves in EHLO. */
  readonly hostname?: string | undefined;
  readonly sender: Sender;
  readonly maxConnections: number;
  /** For one mail, from queueing to the server's word (ms). */
  readonly timeoutMs: number;
  /** How many mails may be underway; more fail at once. */
  readonly maxUnderway: number;
}

export interface SmtpPorts {
  readonly templates: Templates;
  readonly clock: Clock;
  readonly random: Random;
}

const mailsPerConnection = 1000;

/** Settles with the work, or throws when the time is up or the signal fires. */
const within = <T>(
  work: Promise<T>,
  { server, timeoutMs, signal }: { server: string; timeoutMs: number; signal: AbortSignal | undefined },
): Promise<T> =>
  new Promise((resolve, reject) => {
    const giveUp = (why: string) => reject(new DeliveryError("unreachable", why));
    const abort = () => giveUp("the sending was called off");
    const timer = setTimeout(() => giveUp(`the mail server ${server} took too long`), timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    });
  });

/** A courier over SMTP. */
export const smtpCourier = ({ templates, clock, random }: SmtpPorts, settings: SmtpSettings): Courier => {
  const utf8 = smtpUtf8();
  const transport = createTransport({
    pool: true,
    logger: utf8.logger,
    transactionLog: true,
    host: settings.host,
    port: settings.port,
    secure: settings.tls === "tls",
    requireTLS: settings.tls === "starttls",
    ignoreTLS: settings.tls === "none",
    tls: { rejectUnauthorized: true, minVersion: "TLSv1.2", ...(settings.ca === undefined ? {} : { ca: settings.ca }) },
    ...(settings.user === undefined ? {} : { auth: { user: settings.user, pass: settings.password ?? "" } }),
    ...(settings.hostname === undefined ? {} : { name: settings.hostname }),
    maxConnections: settings.maxConnections,
    maxMessages: mailsPerConnection,
    // A server may hang up on an idle connection just when it is used again; more than that is trouble.
    maxRequeues: 2,
    connectionTimeout: settings.timeoutMs,
    greetingTimeout: settings.timeoutMs,
    socketTimeout: settings.timeoutMs,
    dnsTimeout: settings.timeoutMs,
  });
  const server = `${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${settings.port}`;
  let underway = 0;

  /** A server that was not asked first might cut such an address short, and mail somebody else. */
  const requireUtf8 = async (address: string): Promise<void> => {
    if (!needsUtf8(address)) return;
    if (utf8.isTaken() === undefined) await transport.verify();
    if (utf8.isTaken()) return;
    throw new DeliveryError("refused", `the mail server ${server} takes no addresses beyond ASCII (no SMTPUTF8)`);
  };

  return {
    send: async (mail, signal) => {
      if (underway >= settings.maxUnderway) throw new DeliveryError("unreachable", "too many mails are waiting");
      const built = message(mail, { sender: settings.sender, templates, random, now: clock.now() });
      underway += 1;
      const sending = requireUtf8(mail.to)
        .then(() => transport.sendMail(built))
        .finally(() => {
          underway -= 1;
        });
      try {
        await within(sending, { server, timeoutMs: settings.timeoutMs, signal });
      } catch (error) {
        throw smtpFailure(server, error);
      }
    },
    close: async () => transport.close(),
  };
};

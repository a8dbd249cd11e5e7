/** A real SMTP server on loopback that keeps what it is given, so that tests read codes only from MIME messages. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  /** The envelope's recipient, exactly as the client named it in RCPT TO. */
  readonly recipient: string;
  readonly message: ParsedMail;
}

export interface MailSink {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** Answers every recipient with 550 while set. */
  refuse: boolean;
  /** What it says then: a code and words. Setting them refuses. */
  refusal: string;
  /** The newest message for an address; waits for one that is under way, five seconds unless told otherwise. */
  newest(recipient: string, withinMs?: number): Promise<ReceivedMail>;
  /** How many messages an address was sent. */
  count(recipient: string): number;
  close(): Promise<void>;
}

const arrivalMs = 5_000;

/** `hideSMTPUTF8` stands for a server that knows ASCII alone. */
export const mailSink = async (options: { readonly hideSMTPUTF8?: boolean } = {}): Promise<MailSink> => {
  const received: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  let refuse = false;
  let refusal = "550 mailbox unavailable";
  const server = new SMTPServer({
    ...options,
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    onRcptTo: (_address, _session, done) => {
      const error = new Error(refusal.slice(4));
      done(refuse ? Object.assign(error, { responseCode: Number(refusal.slice(0, 3)) }) : null);
    },
    onData: (stream, session, done) => {
      void simpleParser(stream).then((message) => {
        for (const { address } of session.envelope.rcptTo) received.push({ recipient: address, message });
        for (const wake of waiting) wake();
        done();
      }, done);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
  const { port } = server.server.address() as AddressInfo;

  const find = (recipient: string): ReceivedMail | undefined =>
    received.findLast((mail) => mail.recipient === recipient);

  return {
    port,
    received,
    get refuse() {
      return refuse;
    },
    set refuse(value) {
      refuse = value;
    },
    get refusal() {
      return refusal;
    },
    set refusal(value) {
      refusal = value;
      refuse = true;
    },
    count: (recipient) => received.filter((mail) => mail.recipient === recipient).length,
    newest: async (recipient, withinMs = arrivalMs) => {
      const present = find(recipient);
      if (present) return present;
      return new Promise<ReceivedMail>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(wake);
          reject(new Error(`no mail for ${recipient} within ${withinMs} ms; there are ${received.length} in all`));
        }, withinMs);
        const wake = (): void => {
          const mail = find(recipient);
          if (!mail) return;
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(mail);
        };
        waiting.add(wake);
      });
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};

/** The one link of a message's text. */
export const linkIn = (mail: ReceivedMail): URL => {
  const [link, ...more] = (mail.message.text ?? "").match(/https?:\/\/[^\s<>"]+/g) ?? [];
  if (link === undefined || more.some((other) => other !== link)) {
    throw new Error(`expected one link in: ${mail.message.text}`);
  }
  return new URL(link);
};

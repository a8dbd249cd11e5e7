/** Couriers that put every message into the development mailbox. */

import { createTransport } from "nodemailer";
import type { Clock } from "../ports/clock.js";
import type { Courier } from "../ports/courier.js";
import type { Random } from "../ports/random.js";
import type { SmsGateway } from "../ports/sms.js";
import type { Mailbox } from "./mailbox.js";
import { message, type Sender } from "./message.js";
import type { Templates } from "./templates.js";

export interface MailboxCourierPorts {
  readonly mailbox: Mailbox;
  readonly templates: Templates;
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes the very message that would go to a mail server. */
export const mailboxCourier = (ports: MailboxCourierPorts, sender: Sender): Courier => {
  const { mailbox, templates, clock, random } = ports;
  const composer = createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  return {
    send: async (mail) => {
      const composed = await composer.sendMail(message(mail, { sender, templates, random, now: clock.now() }));
      if (!Buffer.isBuffer(composed.message)) throw new TypeError("a composed mail is expected as a buffer");
      await mailbox.keep(composed.message);
    },
    close: async () => composer.close(),
  };
};

/** Writes a text message in the form of a mail to the number. */
export const mailboxSms = ({ mailbox, templates, clock }: MailboxCourierPorts): SmsGateway => ({
  send: async (sms) => {
    await mailbox.keep(
      [
        "From: SMS",
        `To: +${sms.to}`,
        "Subject: Text message",
        `Date: ${new Date(clock.now()).toUTCString()}`,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        templates.sms(sms),
        "",
      ].join("\r\n"),
    );
  },
  close: async () => undefined,
});

/** A mail as nodemailer wants it. */

import type { SendMailOptions } from "nodemailer/lib/mailer";
import type { Mail } from "../ports/courier.js";
import type { Random } from "../ports/random.js";
import { newSecret } from "../protocol/tokens.js";
import type { Templates } from "./templates.js";

/** Whom mail comes from. */
export interface Sender {
  /** A bare address. */
  readonly address: string;
  readonly name?: string | undefined;
}

export interface MessageOptions {
  readonly sender: Sender;
  readonly templates: Templates;
  readonly random: Random;
  readonly now: number;
}

/**
 * The message of a mail. Addresses are given in parts and in the envelope, so that nothing parses them: mail goes to
 * exactly the address that was validated (its domain in lower case, as DNS does not care).
 * Automatic answers to it are asked not to be sent.
 */
export const message = (mail: Mail, { sender, templates, random, now }: MessageOptions): SendMailOptions => ({
  ...templates.mail(mail),
  from: { name: sender.name ?? "", address: sender.address },
  to: { name: "", address: mail.to },
  envelope: { from: { name: "", address: sender.address }, to: { name: "", address: mail.to } },
  date: new Date(now),
  messageId: `<${mail.purpose === "invite" ? mail.id : newSecret(random)}@${sender.address.split("@").at(-1) ?? "localhost"}>`,
  headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  disableFileAccess: true,
  disableUrlAccess: true,
});

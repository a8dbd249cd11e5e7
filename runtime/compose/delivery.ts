/** How messages leave: by mail server and gateway, or into the development mailbox. */

import { readFileSync } from "node:fs";
import type { Configuration } from "../config/schema.js";
import { type Mailbox, mailbox } from "../delivery/mailbox.js";
import { mailboxCourier, mailboxSms } from "../delivery/mailbox-courier.js";
import { smtpCourier } from "../delivery/smtp-courier.js";
import type { Templates } from "../delivery/templates.js";
import type { Courier } from "../ports/courier.js";
import type { Pages } from "../ports/pages.js";
import type { SmsGateway } from "../ports/sms.js";
import { smsGateway } from "./sms-gateway.js";
import type { Surroundings } from "./surroundings.js";
import { templatesOf } from "./templates.js";

export interface Delivery {
  readonly courier: Courier;
  readonly sms: SmsGateway;
  readonly pages: Pages;
  /** Present when something is kept in it. */
  readonly mailbox: Mailbox | undefined;
  close(): Promise<void>;
}

export interface GivenDelivery {
  readonly courier?: Courier;
  readonly sms?: SmsGateway;
}

const dayMs = 24 * 60 * 60 * 1000;

export const delivery = async (
  configuration: Configuration,
  around: Surroundings,
  given: GivenDelivery = {},
): Promise<Delivery> => {
  const { mail, sms, mailbox: settings } = configuration;
  const templates = templatesOf(configuration);
  const sender = { address: mail.from, name: mail.from_name };
  const box = mailbox(around, {
    folder: settings.folder,
    maxMessages: settings.max_messages,
    maxAgeMs: settings.max_age_days * dayMs,
  });
  const kept = { mailbox: box, templates, ...around };
  const courier =
    given.courier ??
    (mail.transport === "mailbox" ? mailboxCourier(kept, sender) : smtp(configuration, templates, around));
  // Where there are no text messages, none is ever handed over: every number is refused before.
  const gateway =
    given.sms ?? (sms.transport === "gateway" ? smsGateway(configuration, templates, around) : mailboxSms(kept));
  return {
    courier,
    sms: gateway,
    pages: templates.page,
    mailbox: mail.transport === "mailbox" || sms.transport === "mailbox" ? box : undefined,
    close: async () => {
      await Promise.all([courier.close(), gateway.close()]);
    },
  };
};

const certificates = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`mail.ca_file cannot be read (${reason}); it names a file with certificates, as PEM`, {
      cause: error,
    });
  }
};

const smtp = ({ mail }: Configuration, templates: Templates, around: Surroundings): Courier =>
  smtpCourier(
    { templates, ...around },
    {
      // The configuration was checked: mail by smtp has a host.
      host: mail.host ?? "localhost",
      port: mail.port,
      tls: mail.tls,
      ca: mail.ca_file === undefined ? undefined : certificates(mail.ca_file),
      user: mail.user,
      password: mail.password,
      hostname: mail.helo,
      sender: { address: mail.from, name: mail.from_name },
      maxConnections: mail.connections,
      timeoutMs: mail.timeout_ms,
      maxUnderway: mail.max_underway,
    },
  );

/** The words of every message: one folder of templates for each purpose. */

import { readFileSync } from "node:fs";
import Handlebars from "handlebars";
import type { Mail } from "../ports/courier.js";
import type { Sms } from "../ports/sms.js";

export interface MailContent {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Templates {
  mail(mail: Mail): MailContent;
  sms(sms: Sms): string;
}

const purposes = ["email-validation", "email-code", "invite", "already-registered", "no-account"] as const;

const maxNameLength = 60;
const maxSubjectLength = 150;

/** One line without control or direction characters, cut: what strangers name themselves and their rooms. */
const oneLine = (text: string, maxLength: number): string => {
  const characters = [...text.replace(/[\p{C}\p{Z}\s]+/gu, " ").trim()];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join("")}…` : characters.join("");
};

const read = (path: string): string => readFileSync(new URL(`./templates/${path}.hbs`, import.meta.url), "utf8");

type Fill = (values: object) => string;

/** Compiles a template; in plain text nothing is escaped, and a name that no value has is an error. */
export const compileTemplate = (path: string, format: "text" | "html"): Fill =>
  Handlebars.compile<object>(read(path), { strict: true, noEscape: format === "text" });

const webLink = (link: string | undefined): string | undefined =>
  link !== undefined && /^https?:\/\//i.test(link) ? link : undefined;

const valuesOf = (mail: Mail, service: string): object => {
  if (mail.purpose !== "invite") return { service, resetsPassword: false, ...mail };
  return {
    service,
    sender: oneLine(mail.sender, 255),
    inviter: oneLine(mail.senderDisplayName ?? "", maxNameLength) || oneLine(mail.sender, maxNameLength),
    roomName: oneLine(mail.roomName ?? "", maxNameLength),
    space: mail.space,
    link: webLink(mail.link) ?? "",
  };
};

/** Reads and compiles all templates once. `service` is the name that recipients know the service by. */
export const messageTemplates = (service: string): Templates => {
  const mails = new Map(
    purposes.map((purpose) => [
      purpose,
      {
        subject: compileTemplate(`${purpose}/subject`, "text"),
        text: compileTemplate(`${purpose}/text`, "text"),
        html: compileTemplate(`${purpose}/html`, "html"),
      },
    ]),
  );
  const smsText = compileTemplate("msisdn-validation/text", "text");
  return {
    mail: (mail) => {
      const values = valuesOf(mail, service);
      const templates = mails.get(mail.purpose);
      if (templates === undefined) throw new Error(`there is no template for ${mail.purpose}`);
      return {
        subject: oneLine(templates.subject(values), maxSubjectLength),
        text: templates.text(values),
        html: templates.html(values),
      };
    },
    sms: ({ code, resetsPassword = false }) => smsText({ service, code, resetsPassword }).trim(),
  };
};

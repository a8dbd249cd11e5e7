/** Shows the development mailbox in a browser, and to `curl`. */

import type { Mailbox, MailboxMessage } from "./mailbox.js";
import { compileTemplate } from "./templates.js";

/** An answer to GET, for whatever server mounts the pages. */
export interface MailboxAnswer {
  readonly status: 200 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/**
 * Answers a path below the base: `/` (all messages), `/<id>` (one, its links to click), `/<id>.eml` (as sent),
 * `/<id>.txt` (its text), `/latest.txt` (the text of the newest).
 */
export type MailboxPages = (path: string) => Promise<MailboxAnswer>;

const style =
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;" +
  "width:100%}th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #ccc;overflow-wrap:anywhere}" +
  "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}dt{font-weight:600;float:left;width:4rem}dd{margin:0}";

const security: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

const answer = (status: 200 | 404, type: string, body: string | Buffer): MailboxAnswer => ({
  status,
  headers: { ...security, "Content-Type": type },
  body,
});

const html = "text/html; charset=utf-8";
const plain = "text/plain; charset=utf-8";
const nothing = answer(404, plain, "There is no such message.\n");

/** The text cut into links and what lies between them. */
export const pieces = (text: string): readonly { readonly text: string; readonly link: string }[] =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((piece, i) => (i % 2 === 1 ? { text: "", link: piece } : { text: piece, link: "" }));

/** Pages over a mailbox, mounted under `base` (no slash at its end). */
export const mailboxPages = (mailbox: Mailbox, base: string): MailboxPages => {
  const listTemplate = compileTemplate("mailbox/list", "html");
  const messageTemplate = compileTemplate("mailbox/message", "html");

  const page = (message: MailboxMessage): string =>
    messageTemplate({ ...message, base, style, pieces: pieces(message.text) });

  const one = async (name: string): Promise<MailboxAnswer> => {
    const [, id = "", extension = ""] = /^(.*?)(\.eml|\.txt)?$/.exec(name) ?? [];
    const found = await mailbox.read(id);
    if (found === undefined) return nothing;
    if (extension === ".eml") return answer(200, "message/rfc822", found.eml);
    if (extension === ".txt") return answer(200, plain, found.message.text);
    return answer(200, html, page(found.message));
  };

  return async (path) => {
    const name = path.replace(/^\//, "");
    if (name === "") return answer(200, html, listTemplate({ messages: await mailbox.list(), base, style }));
    if (name === "latest.txt") {
      const [latest] = await mailbox.list();
      return latest === undefined ? nothing : answer(200, plain, latest.text);
    }
    return one(name);
  };
};

/**
 * What a person sees who opens the mailed link (GET submitToken): a page of plain HTML without scripts, or the way to
 * next_link.
 */

import { ProtocolError } from "../protocol/errors.js";
import type { Medium } from "../protocol/threepid.js";
import { withSid } from "./next-link.js";
import type { TokenSubmission, Validation } from "./validation.js";

/** An answer for a browser. */
export interface Page {
  readonly status: 200 | 302 | 400 | 429;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "");

/** Nothing is loaded or run, nobody frames the page, and the link with its token reaches no other site. */
const headers: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex",
};

const style =
  "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1b1b1f;" +
  "background:#fff}h1{font-size:1.6rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#16161a}" +
  "a{color:#9ecbff}}";

const document = (title: string, paragraphs: readonly string[]): string =>
  `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join("\n")}
</main>
</body>
</html>
`;

const things: Readonly<Record<Medium, string>> = { email: "email address", msisdn: "phone number" };

/** The page for a link that did not validate anything; `reason` is a sentence. */
const refusalPage = (medium: Medium, reason: string): Page => ({
  status: 400,
  headers,
  html: document(`Your ${things[medium]} was not confirmed`, [
    escapeHtml(reason),
    "If you still want to confirm it, go back to your application and ask for a new message.",
  ]),
});

const successPage = (medium: Medium): Page => ({
  status: 200,
  headers,
  html: document(`Your ${things[medium]} is confirmed`, ["You can close this page and return to your application."]),
});

const continuation = (nextLink: string): Page => ({
  status: 302,
  headers: { ...headers, Location: nextLink },
  html: document("Confirmed", [`<a href="${escapeHtml(nextLink)}">Continue</a>`]),
});

const reasons: Readonly<Record<string, string>> = {
  M_TOKEN_INCORRECT: "The link is not complete, or a newer one has replaced it.",
  M_SESSION_EXPIRED: "The link is too old, or was tried too often.",
  M_INVALID_PARAM: "The link is not complete, or its request is no longer known here.",
};

const tooMany = (error: unknown): ProtocolError => {
  if (error instanceof ProtocolError && error.status === 429) return error;
  throw error;
};

const busyPage = (error: ProtocolError): Page => ({
  status: 429,
  headers: { ...headers, ...error.headers },
  html: document("Too many tries", ["Please wait a little, then open the link again."]),
});

/** What whoever only looks where a link leads is answered, a mail filter that asks by HEAD: nothing is validated. */
export const unopenedLink = (medium: Medium): Page => ({
  status: 200,
  headers,
  html: document(`Confirm your ${things[medium]}`, ["Open this link to confirm it."]),
});

/** What a browser shows where the request of a link never came as far as a session. */
export const unreadLink = ({ status }: Pick<ProtocolError, "status">): string =>
  status === 429
    ? document("Too many requests", ["Please wait a little, then open the link again."])
    : document("This link cannot be opened", [
        "A part of it is missing, or was changed on its way. Please copy the whole link from your message.",
        "If that does not help, go back to your application and ask for a new message.",
      ]);

/** Validates by an opened link. Only what the session itself holds decides where the person is sent afterwards. */
export const openLink = async (
  { submit }: Pick<Validation, "submit">,
  medium: Medium,
  submission: TokenSubmission,
): Promise<Page> => {
  const result = await submit(medium, submission).catch(tooMany);
  if (result instanceof ProtocolError) return busyPage(result);
  if (!result.success) return refusalPage(medium, reasons[result.error.errcode] ?? result.error.message);
  const { nextLink, sid } = result.session;
  return nextLink === undefined ? successPage(medium) : continuation(withSid(nextLink, sid));
};

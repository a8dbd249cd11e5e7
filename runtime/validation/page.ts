/**
 * What a person sees who opens the mailed link (GET submitToken): a page of plain HTML without scripts, or the way to
 * next_link.
 */

import type { PageContent, Pages, Refusal } from "../ports/pages.js";
import type { Wording } from "../ports/wording.js";
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

/** Nothing is loaded or run, nobody frames the page, and the link with its token reaches no other site. */
const headers: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex",
};

const refusals: Readonly<Record<string, Refusal>> = { M_TOKEN_INCORRECT: "replaced", M_SESSION_EXPIRED: "expired" };

const tooMany = (error: unknown): ProtocolError => {
  if (error instanceof ProtocolError && error.status === 429) return error;
  throw error;
};

/** What whoever only looks where a link leads is answered, a mail filter that asks by HEAD: nothing is validated. */
export const unopenedLink = ({ pages }: Pick<Validation, "pages">, medium: Medium, wording: Wording): Page => ({
  status: 200,
  headers,
  html: pages({ page: "unopened", medium }, wording),
});

/** What a browser shows where the request of a link never came as far as a session. */
export const unreadLink = (pages: Pages, { status }: Pick<ProtocolError, "status">, wording: Wording): string =>
  pages({ page: status === 429 ? "busy" : "unread" }, wording);

/** Validates by an opened link. Only what the session itself holds decides where the person is sent afterwards. */
export const openLink = async (
  { submit, pages }: Pick<Validation, "submit" | "pages">,
  medium: Medium,
  submission: TokenSubmission,
  wording: Wording,
): Promise<Page> => {
  const page = (status: Page["status"], content: PageContent, more: Page["headers"] = {}): Page => ({
    status,
    headers: { ...headers, ...more },
    html: pages(content, wording),
  });
  const result = await submit(medium, submission).catch(tooMany);
  if (result instanceof ProtocolError) return page(429, { page: "busy" }, result.headers);
  if (!result.success) {
    return page(400, { page: "refused", medium, reason: refusals[result.error.errcode] ?? "unknown" });
  }
  const { nextLink, sid } = result.session;
  if (nextLink === undefined) return page(200, { page: "confirmed", medium });
  const link = withSid(nextLink, sid);
  return page(302, { page: "continued", link }, { Location: link });
};

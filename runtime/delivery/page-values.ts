/** What the templates of pages are filled with. */

import Handlebars from "handlebars";
import type { LinkContent, PageContent, StageContent, StageForm } from "../ports/pages.js";
import { authDoneScript } from "../protocol/auth-done.js";
import type { Policy, Terms } from "../protocol/terms.js";

const { escapeExpression, SafeString } = Handlebars;

/** What goes into a page as markup, every value in it escaped. */
export type Markup = Handlebars.SafeString;

const flags = (names: readonly string[], raised: readonly (string | undefined)[]): Readonly<Record<string, boolean>> =>
  Object.fromEntries(names.map((name) => [name, raised.includes(name)]));

const stagePages = ["form", "done", "elsewhere", "early", "over", "unserved"] as const;

export const isStage = (content: PageContent): content is StageContent =>
  stagePages.some((page) => page === content.page);

/** For pages of opened links, and for the frame of every page. */
export const linkValues = (content: LinkContent | undefined): object => ({
  ...flags(["confirmed", "unopened", "refused", "continued", "busy", "unread"], [content?.page]),
  ...flags(["replaced", "expired", "unknown"], [content?.page === "refused" ? content.reason : undefined]),
  phone: content !== undefined && "medium" in content && content.medium === "msisdn",
  link: content?.page === "continued" ? content.link : "",
});

/** The document in the page's language, in English, or else in its first one. */
const closestText = ({ texts }: Policy, language: string) => {
  const [first] = [...texts];
  const wanted = [language, language.split("-")[0] ?? language, "en"].find((code) => texts.has(code));
  const text = wanted === undefined ? undefined : texts.get(wanted);
  return wanted === undefined || text === undefined ? first : ([wanted, text] as const);
};

/** Opened beside the page, so that nobody loses their place in it. */
const documents = (terms: Terms, language: string): Markup => {
  const entries = [...terms.values()].map((policy) => {
    const [code, text] = closestText(policy, language) ?? [];
    if (code === undefined || text === undefined) return "";
    const attributes = { href: text.url, lang: code, hreflang: code, target: "_blank", rel: "noopener noreferrer" };
    return `<li><a ${attributesOf(attributes)}>${escapeExpression(text.name)}</a></li>`;
  });
  return new SafeString(`<ul>${entries.join("")}</ul>`);
};

/** reCAPTCHA and hCaptcha each look for a class of their own. */
const widget = ({ publicKey, script }: Extract<StageForm, { readonly stage: "captcha" }>): Markup => {
  const place = attributesOf({ class: "g-recaptcha h-captcha", "data-sitekey": publicKey });
  return new SafeString(`<script ${attributesOf({ src: script })} async defer></script>\n<div ${place}></div>`);
};

const attributesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}="${escapeExpression(value)}"`)
    .join(" ");

const nothing = new SafeString("");

export const stageValues = (content: StageContent, language: string): object => {
  const form = content.page === "form" ? content.form : undefined;
  const stage = content.page === "elsewhere" ? content.stage : form?.stage;
  return {
    ...flags(["done", "elsewhere", "early", "over", "unserved"], [content.page]),
    ...flags(["dummy", "token", "terms", "captcha", "password", "email", "msisdn"], [stage]),
    removesDevices: form?.stage === "password" && form.purpose === "remove devices",
    closesAccount: form?.stage === "password" && form.purpose === "deactivate",
    addsAddress: form?.stage === "password" && form.purpose === "add",
    ...flags(["failed", "busy", "later"], [content.page === "form" ? content.problem : undefined]),
    documents: form?.stage === "terms" ? documents(form.terms, language) : nothing,
    widget: form?.stage === "captcha" ? widget(form) : nothing,
  };
};

/** The body of a page, with what no template may leave out. */
export const bodyWith = (content: PageContent, body: string): Markup =>
  new SafeString(content.page === "done" ? `${body}<script>${authDoneScript}</script>\n` : body);

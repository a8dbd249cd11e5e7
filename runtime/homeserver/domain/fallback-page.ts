/** The answer to a browser that shows the page of a stage. */

import type { Captcha } from "../../ports/captcha.js";
import type { Pages, StageContent } from "../../ports/pages.js";
import type { Wording } from "../../ports/wording.js";
import { authDoneSource } from "../../protocol/auth-done.js";

export interface StagePage {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

export type ShowStage = (
  content: StageContent,
  wording: Wording,
  headers?: Readonly<Record<string, string>>,
) => StagePage;

/** Nothing is loaded or run but what the stage needs, nobody frames the page, its form goes to this server alone. */
const contentPolicy = (content: StageContent, captcha: Captcha | undefined): string => {
  const sources = content.page === "form" && content.form.stage === "captcha" ? (captcha?.widget.sources ?? []) : [];
  const widget = sources.join(" ");
  const allowed =
    widget === ""
      ? ["style-src 'unsafe-inline'", ...(content.page === "done" ? [`script-src ${authDoneSource}`] : [])]
      : [
          `style-src 'unsafe-inline' ${widget}`,
          `img-src data: ${widget}`,
          ...["script-src", "frame-src", "connect-src"].map((directive) => `${directive} ${widget}`),
        ];
  const closed = ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"];
  return ["default-src 'none'", ...allowed, ...closed].join("; ");
};

/** The status of a page that was asked for. */
export const statusShown = ({ page }: StageContent): 200 | 400 | 404 => {
  switch (page) {
    case "form":
    case "done":
    case "elsewhere":
      return 200;
    case "early":
    case "over":
      return 400;
    case "unserved":
      return 404;
  }
};

const problemStatus = { failed: 400, busy: 429, later: 502 } as const;

/** The status of a page that answers its form. */
export const statusSubmitted = (content: StageContent): 200 | 400 | 404 | 429 | 502 =>
  content.page === "form" && content.problem !== undefined ? problemStatus[content.problem] : statusShown(content);

export const stagePages =
  (pages: Pages, captcha: Captcha | undefined): ShowStage =>
  (content, wording, headers = {}) => ({
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": contentPolicy(content, captcha),
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Robots-Tag": "noindex",
      ...headers,
    },
    html: pages(content, wording),
  });

/** The answer to a browser that shows the page of a stage. */

import type { Captcha } from "../../ports/captcha.js";
import type { Pages, StageContent } from "../../ports/pages.js";
import type { Wording } from "../../ports/wording.js";
import { authDoneSource } from "../../protocol/auth-done.js";

export interface StagePage {
  readonly status: 200 | 400 | 404 | 429;
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

const statusOf = (content: StageContent): StagePage["status"] => {
  switch (content.page) {
    case "form":
      if (content.busy) return 429;
      return content.failed ? 400 : 200;
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

export const stagePages =
  (pages: Pages, captcha: Captcha | undefined): ShowStage =>
  (content, wording, headers = {}) => ({
    status: statusOf(content),
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

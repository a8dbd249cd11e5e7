/** Pages on which a person completes a stage, for clients that do not know it. Every era has them below its own name. */

import type { RequestContext } from "../ports/requester.js";
import { wordingOf } from "../validation/wording.js";
import type { Fallback } from "./domain/fallback.js";
import { type ShowStage, statusShown, statusSubmitted } from "./domain/fallback-page.js";

interface Asked {
  readonly params: { readonly authType: string };
  readonly query: { readonly session: string };
}

interface Submitted extends Asked {
  readonly body: {
    readonly accepted?: string;
    readonly token?: string;
    readonly user?: string;
    readonly password?: string;
    readonly response?: string;
    readonly "g-recaptcha-response"?: string;
    readonly "h-captcha-response"?: string;
  };
}

type Context = Pick<RequestContext<unknown>, "target" | "header" | "clientIp">;

export const fallbackPages = (fallback: Fallback, show: ShowStage) => ({
  async authenticationFallbackGet({ params: { authType: stage }, query: { session } }: Asked, context: Context) {
    const content = await fallback.show({ stage, session });
    const { headers, html } = show(content, wordingOf(context));
    return { status: statusShown(content), headers, body: html };
  },

  async authenticationFallbackPost({ params, query, body }: Submitted, context: Context) {
    const page = { stage: params.authType, session: query.session };
    const response = body.response ?? body["g-recaptcha-response"] ?? body["h-captcha-response"];
    const { content, headers: more } = await fallback.submit(page, { ...body, response }, context.clientIp);
    const { headers, html } = show(content, wordingOf(context), more);
    return { status: statusSubmitted(content), headers, body: html };
  },
});

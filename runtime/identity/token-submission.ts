/**
 * Submitting the token that was sent: to either medium, by a client or by a person who opens a link.
 * Identity Service API, "Email associations" and "Phone number associations".
 */

import type { Medium } from "../protocol/threepid.js";
import { openLink, unopenedLink } from "../validation/page.js";
import type { Validation } from "../validation/validation.js";
import { wordingOf } from "../validation/wording.js";
import type { Given, IdentityContext } from "./context.js";

type Body = Given<"emailSubmitTokenPost", "body">;
type Query = Given<"emailSubmitTokenGet", "query">;

export const tokenSubmission = (medium: Medium, validation: Validation) => ({
  /** Version 1 tells a failure with status 200. */
  postV1: async ({ body: { sid, client_secret, token } }: Body) => {
    const result = await validation.submit(medium, { sid, clientSecret: client_secret, token });
    if (result.success) return { status: 200, body: { success: true } } as const;
    const { errcode, message } = result.error;
    return { status: 200, body: { success: false, errcode, error: message } } as const;
  },

  postV2: async ({ body: { sid, client_secret, token } }: Body) => {
    const result = await validation.submit(medium, { sid, clientSecret: client_secret, token });
    if (result.success) return { status: 200, body: { success: true } } as const;
    const { errcode, message } = result.error;
    return { status: 400, body: { success: false, errcode, error: message } } as const;
  },

  get: async ({ query: { sid, client_secret, token } }: Query, context: IdentityContext) => {
    const submission = { sid, clientSecret: client_secret, token };
    const wording = wordingOf(context);
    const opened =
      context.method === "HEAD"
        ? unopenedLink(validation, medium, wording)
        : await openLink(validation, medium, submission, wording);
    const { status, headers, html } = opened;
    return { status, headers, body: html } as const;
  },
});

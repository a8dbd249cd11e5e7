/**
 * Submitting the token that was sent: to either medium, by a client or by a person who opens a link.
 * Identity Service API, "Email associations" and "Phone number associations".
 */

import { ProtocolError } from "../protocol/errors.js";
import type { Medium } from "../protocol/threepid.js";
import { openLink, type Page, refusalPage } from "../validation/page.js";
import type { Validation } from "../validation/validation.js";
import type { Given } from "./context.js";

type Body = Given<"emailSubmitTokenPost", "body">;
type Query = Given<"emailSubmitTokenGet", "query">;

/** A person is told on a page that they have to wait, like everything else that went wrong with their link. */
const orRefusal = (medium: Medium, error: unknown): Omit<Page, "status"> & { readonly status: 400 | 429 } => {
  if (!(error instanceof ProtocolError) || error.status !== 429) throw error;
  const page = refusalPage(medium, "There were too many tries in a short time.");
  return { html: page.html, headers: { ...page.headers, ...error.headers }, status: 429 };
};

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

  get: async ({ query: { sid, client_secret, token } }: Query) => {
    const opened = openLink(validation, medium, { sid, clientSecret: client_secret, token });
    const { status, headers, html } = await opened.catch((error: unknown) => orRefusal(medium, error));
    return { status, headers, body: html } as const;
  },
});

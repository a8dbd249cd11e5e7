/**
 * Submitting the token that was sent: to either medium, by a client or by a person who opens a link.
 * Identity Service API, "Email associations" and "Phone number associations".
 */

import type { Medium } from "../protocol/threepid.js";
import { openedLink } from "../validation/opened-link.js";
import type { Validation } from "../validation/validation.js";
import type { Given } from "./context.js";

type Body = Given<"emailSubmitTokenPost", "body">;

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

  get: openedLink(validation, medium),
});

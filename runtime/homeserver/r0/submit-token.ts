/** Where clients and opened links submit the tokens of this homeserver's own sessions (`submit_url`). */

import { ProtocolError } from "../../protocol/errors.js";
import type { Medium } from "../../protocol/threepid.js";
import { openLink, type Page, refusalPage } from "../../validation/page.js";
import type { Validation } from "../../validation/validation.js";
import type { SubmitToken } from "../domain/token-submission.js";
import type { Given, Section } from "./context.js";

type SubmitTokenOperation = "submitUrlEmailPost" | "submitUrlEmailGet" | "submitUrlMsisdnPost" | "submitUrlMsisdnGet";

/** A person is told on a page that they have to wait, like everything else that went wrong with their link. */
const orRefusal = (medium: Medium, error: unknown): Omit<Page, "status"> & { readonly status: 400 | 429 } => {
  if (!(error instanceof ProtocolError) || error.status !== 429) throw error;
  const page = refusalPage(medium, "There were too many tries in a short time.");
  return { html: page.html, headers: { ...page.headers, ...error.headers }, status: 429 };
};

export const submitToken = (validation: Validation, submit: SubmitToken): Section<SubmitTokenOperation> => {
  const post =
    (medium: Medium) =>
    async ({ body: { sid, client_secret, token } }: Given<"submitUrlEmailPost", "body">) => {
      const result = await submit(medium, { sid, clientSecret: client_secret, token });
      if (result.success) return { status: 200, body: { success: true } } as const;
      const { errcode, error } = result;
      return { status: 400, body: { success: false, errcode, error } } as const;
    };

  const get =
    (medium: Medium) =>
    async ({ query: { sid, client_secret, token } }: Given<"submitUrlEmailGet", "query">) => {
      const opened = openLink(validation, medium, { sid, clientSecret: client_secret, token });
      const { status, headers, html } = await opened.catch((error: unknown) => orRefusal(medium, error));
      return { status, headers, body: html } as const;
    };

  return {
    submitUrlEmailPost: post("email"),
    submitUrlEmailGet: get("email"),
    submitUrlMsisdnPost: post("msisdn"),
    submitUrlMsisdnGet: get("msisdn"),
  };
};

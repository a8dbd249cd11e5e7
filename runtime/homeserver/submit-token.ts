/**
 * Where clients and opened links submit the tokens of this homeserver's own sessions (`submit_url`): one and the same
 * document in both eras.
 */

import type { Medium } from "../protocol/threepid.js";
import { openLink, unopenedLink } from "../validation/page.js";
import type { Validation } from "../validation/validation.js";
import { wordingOf } from "../validation/wording.js";
import type { SubmitToken } from "./domain/token-submission.js";
import type { ClientContext, Given, Section } from "./r0/context.js";

type SubmitTokenOperation = "submitUrlEmailPost" | "submitUrlEmailGet" | "submitUrlMsisdnPost" | "submitUrlMsisdnGet";

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
    async ({ query: { sid, client_secret, token } }: Given<"submitUrlEmailGet", "query">, context: ClientContext) => {
      const submission = { sid, clientSecret: client_secret, token };
      const wording = wordingOf(context);
      const opened =
        context.method === "HEAD"
          ? unopenedLink(validation, medium, wording)
          : await openLink(validation, medium, submission, wording);
      const { status, headers, html } = opened;
      return { status, headers, body: html } as const;
    };

  return {
    submitUrlEmailPost: post("email"),
    submitUrlEmailGet: get("email"),
    submitUrlMsisdnPost: post("msisdn"),
    submitUrlMsisdnGet: get("msisdn"),
  };
};

/**
 * Where clients and opened links submit the tokens of this homeserver's own sessions (`submit_url`): one and the same
 * document in every era.
 */

import type { Medium } from "../protocol/threepid.js";
import { openedLink } from "../validation/opened-link.js";
import type { Validation } from "../validation/validation.js";
import type { SubmitToken } from "./domain/token-submission.js";

interface Submitted {
  readonly body: { readonly sid: string; readonly client_secret: string; readonly token: string };
}

export const submitToken = (validation: Validation, submit: SubmitToken) => {
  const post =
    (medium: Medium) =>
    async ({ body: { sid, client_secret, token } }: Submitted) => {
      const result = await submit(medium, { sid, clientSecret: client_secret, token });
      if (result.success) return { status: 200, body: { success: true } } as const;
      const { errcode, error } = result;
      return { status: 400, body: { success: false, errcode, error } } as const;
    };

  return {
    submitUrlEmailPost: post("email"),
    submitUrlEmailGet: openedLink(validation, "email"),
    submitUrlMsisdnPost: post("msisdn"),
    submitUrlMsisdnGet: openedLink(validation, "msisdn"),
  };
};

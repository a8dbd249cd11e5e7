/** Proving that an email address is one's own. Identity Service API, "Email associations". */

import type { Validation } from "../validation/validation.js";
import { wordingOf } from "../validation/wording.js";
import type { Given, IdentityContext, Section } from "./context.js";
import { sendAttemptOf } from "./send-attempt.js";
import type { IdentitySettings } from "./settings.js";
import { tokenSubmission } from "./token-submission.js";

type EmailValidation = Section<
  | "emailRequestToken"
  | "emailRequestTokenV2"
  | "emailSubmitTokenPost"
  | "emailSubmitTokenPostV2"
  | "emailSubmitTokenGet"
  | "emailSubmitTokenGetV2"
>;

export const emailValidation = (
  { validation }: { readonly validation: Validation },
  { publicBaseUrl }: Pick<IdentitySettings, "publicBaseUrl">,
): EmailValidation => {
  /** The mail links back to the version that asked for it. */
  const requestToken =
    (prefix: string) =>
    async ({ body }: Given<"emailRequestToken", "body">, context: IdentityContext) => {
      const { sid } = await validation.requestEmail({
        email: body.email,
        clientSecret: body.client_secret,
        sendAttempt: sendAttemptOf(body.send_attempt),
        nextLink: body.next_link,
        proof: { by: "link", submitUrl: `${publicBaseUrl}${prefix}/validate/email/submitToken` },
        wording: wordingOf(context),
        clientIp: context.clientIp,
        requester: context.requester?.mxid,
      });
      return { status: 200, body: { sid } } as const;
    };

  const submission = tokenSubmission("email", validation);
  return {
    emailRequestToken: requestToken("/_matrix/identity/api/v1"),
    emailRequestTokenV2: requestToken("/_matrix/identity/v2"),
    emailSubmitTokenPost: submission.postV1,
    emailSubmitTokenPostV2: submission.postV2,
    emailSubmitTokenGet: submission.get,
    emailSubmitTokenGetV2: submission.get,
  };
};

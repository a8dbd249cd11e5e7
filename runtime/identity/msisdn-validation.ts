/** Proving that a phone number is one's own. Identity Service API, "Phone number associations". */

import type { Validation } from "../validation/validation.js";
import { wordingOf } from "../validation/wording.js";
import type { Given, IdentityContext, Section } from "./context.js";
import { sendAttemptOf } from "./send-attempt.js";
import { tokenSubmission } from "./token-submission.js";

type MsisdnValidation = Section<
  | "msisdnRequestToken"
  | "msisdnRequestTokenV2"
  | "msisdnSubmitTokenPost"
  | "msisdnSubmitTokenPostV2"
  | "msisdnSubmitTokenGet"
  | "msisdnSubmitTokenGetV2"
>;

export const msisdnValidation = ({ validation }: { readonly validation: Validation }): MsisdnValidation => {
  const requestToken = async ({ body }: Given<"msisdnRequestToken", "body">, context: IdentityContext) => {
    const { sid, msisdn, intlFmt } = await validation.requestMsisdn({
      country: body.country,
      phoneNumber: body.phone_number,
      clientSecret: body.client_secret,
      sendAttempt: sendAttemptOf(body.send_attempt),
      nextLink: body.next_link,
      wording: wordingOf(context),
      clientIp: context.clientIp,
      requester: context.requester?.mxid,
    });
    return { status: 200, body: { success: true, sid, msisdn, intl_fmt: intlFmt } } as const;
  };

  const submission = tokenSubmission("msisdn", validation);
  return {
    msisdnRequestToken: requestToken,
    msisdnRequestTokenV2: requestToken,
    msisdnSubmitTokenPost: submission.postV1,
    msisdnSubmitTokenPostV2: submission.postV2,
    msisdnSubmitTokenGet: submission.get,
    msisdnSubmitTokenGetV2: submission.get,
  };
};

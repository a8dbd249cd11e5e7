/** The six ways to have an address validated, all of them "requestToken". */

import type { ValidationPurpose } from "../../ports/validation-purposes.js";
import { wordingOf } from "../../validation/wording.js";
import type { RequestedToken, RequestToken } from "../domain/request-token.js";
import type { ClientContext, Given, Section } from "./context.js";

type RequestTokenOperation =
  | "requestTokenToRegisterEmail"
  | "requestTokenToRegisterMSISDN"
  | "requestTokenToResetPasswordEmail"
  | "requestTokenToResetPasswordMSISDN"
  | "requestTokenTo3PIDEmail"
  | "requestTokenTo3PIDMSISDN";

const answer = ({ sid, submitUrl, msisdn, intlFmt }: RequestedToken) => {
  const body = {
    sid,
    ...(submitUrl === undefined ? {} : { submit_url: submitUrl }),
    ...(msisdn === undefined ? {} : { msisdn }),
    ...(intlFmt === undefined ? {} : { intl_fmt: intlFmt }),
  };
  return { status: 200, body } as const;
};

export const requestTokens = (requestToken: RequestToken): Section<RequestTokenOperation> => {
  const shared = (
    purpose: ValidationPurpose,
    body: Given<"requestTokenToRegisterEmail" | "requestTokenToRegisterMSISDN", "body">["body"],
    context: ClientContext,
  ) => ({
    purpose,
    clientSecret: body.client_secret,
    sendAttempt: body.send_attempt,
    nextLink: body.next_link,
    idServer: body.id_server,
    idAccessToken: body.id_access_token,
    wording: wordingOf(context),
    clientIp: context.clientIp,
    requester: context.requester?.mxid,
  });

  const email =
    (purpose: ValidationPurpose) =>
    async ({ body }: Given<"requestTokenToRegisterEmail", "body">, context: ClientContext) =>
      answer(await requestToken.email({ ...shared(purpose, body, context), email: body.email }));

  const msisdn =
    (purpose: ValidationPurpose) =>
    async ({ body }: Given<"requestTokenToRegisterMSISDN", "body">, context: ClientContext) => {
      const { country, phone_number: phoneNumber } = body;
      return answer(await requestToken.msisdn({ ...shared(purpose, body, context), country, phoneNumber }));
    };

  return {
    requestTokenToRegisterEmail: email("register"),
    requestTokenToRegisterMSISDN: msisdn("register"),
    requestTokenToResetPasswordEmail: email("password"),
    requestTokenToResetPasswordMSISDN: msisdn("password"),
    requestTokenTo3PIDEmail: email("add"),
    requestTokenTo3PIDMSISDN: msisdn("add"),
  };
};

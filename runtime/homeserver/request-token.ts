/** The six ways to have an address validated, all of them "requestToken", as every era has them. */

import type { ValidationPurpose } from "../ports/validation-purposes.js";
import { wordingOf } from "../validation/wording.js";
import type { ClientContext } from "./client-context.js";
import type { RequestedToken, RequestToken } from "./domain/request-token.js";
import type { SubmitPath } from "./domain/submit-url.js";

/** What the bodies have in common. */
interface TokenBody {
  readonly client_secret: string;
  readonly send_attempt: number;
  readonly next_link?: string | undefined;
  readonly id_server?: string | undefined;
  readonly id_access_token?: string | undefined;
}

interface EmailBody extends TokenBody {
  readonly email: string;
}

interface MsisdnBody extends TokenBody {
  readonly country: string;
  readonly phone_number: string;
}

const answer = ({ sid, submitUrl, msisdn, intlFmt }: RequestedToken) => {
  const body = {
    sid,
    ...(submitUrl === undefined ? {} : { submit_url: submitUrl }),
    ...(msisdn === undefined ? {} : { msisdn }),
    ...(intlFmt === undefined ? {} : { intl_fmt: intlFmt }),
  };
  return { status: 200, body } as const;
};

export const requestTokens = (requestToken: RequestToken, submitPath: SubmitPath) => {
  const shared = (purpose: ValidationPurpose, body: TokenBody, context: ClientContext) => ({
    purpose,
    clientSecret: body.client_secret,
    sendAttempt: body.send_attempt,
    nextLink: body.next_link,
    submitPath,
    idServer: body.id_server,
    idAccessToken: body.id_access_token,
    wording: wordingOf(context),
    clientIp: context.clientIp,
    requester: context.requester?.mxid,
  });

  const email =
    (purpose: ValidationPurpose) =>
    async ({ body }: { readonly body: EmailBody }, context: ClientContext) =>
      answer(await requestToken.email({ ...shared(purpose, body, context), email: body.email }));

  const msisdn =
    (purpose: ValidationPurpose) =>
    async ({ body }: { readonly body: MsisdnBody }, context: ClientContext) => {
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

export type RequestTokenOperation = keyof ReturnType<typeof requestTokens>;

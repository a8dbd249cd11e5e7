/**
 * A captcha service that is asked as reCAPTCHA is: a form with `secret` and `response` by POST, and an answer in JSON
 * whose `success` says it all. hCaptcha and others take and answer the same.
 */

import type { Captcha, CaptchaVerdict } from "../ports/captcha.js";
import type { Logger } from "../ports/logger.js";
import { recordIn } from "../protocol/record.js";
import { OutgoingError } from "./outgoing-error.js";
import type { OutgoingFetch } from "./outgoing-fetch.js";

export interface CaptchaServiceOptions {
  readonly publicKey: string;
  readonly secretKey: string;
  readonly verifyUrl: string;
  readonly widget: Captcha["widget"];
  readonly fetch: OutgoingFetch["fetch"];
  readonly log: Logger;
}

/** What the service says when it is our request that is wrong, and nobody's captcha. */
const ours: ReadonlySet<unknown> = new Set(["missing-input-secret", "invalid-input-secret", "bad-request"]);

const verdictIn = (text: string): CaptchaVerdict => {
  const answer = recordIn(text);
  if (answer === undefined) return { outcome: "unreachable", reason: "the captcha service's answer is no JSON" };
  const { success, "error-codes": given } = answer;
  if (success === undefined) {
    return { outcome: "unreachable", reason: "the captcha service's answer does not say whether it was solved" };
  }
  if (success === true) return { outcome: "solved" };
  const codes: readonly unknown[] = Array.isArray(given) ? given : [];
  const wrong = codes.find((code) => ours.has(code));
  return wrong === undefined
    ? { outcome: "refused" }
    : { outcome: "unreachable", reason: `the captcha service says ${String(wrong)}; see homeserver.captcha` };
};

export const captchaService = (options: CaptchaServiceOptions): Captcha => {
  const { publicKey, secretKey, verifyUrl, widget, fetch, log } = options;

  const ask = async (response: string): Promise<CaptchaVerdict> => {
    // Without the client's address: services do without it, and it is nobody else's business.
    const body = new URLSearchParams({ secret: secretKey, response });
    try {
      const answer = await fetch(verifyUrl, { method: "POST", body, headers: { accept: "application/json" } });
      if (answer.status === 200) return verdictIn(await answer.text());
      return { outcome: "unreachable", reason: `the captcha service answered with status ${answer.status}` };
    } catch (error) {
      if (error instanceof OutgoingError) return { outcome: "unreachable", reason: error.message };
      throw error;
    }
  };

  return {
    publicKey,
    widget,
    async verify(response) {
      const verdict = await ask(response);
      if (verdict.outcome === "unreachable") log.warn("a captcha could not be checked", { reason: verdict.reason });
      return verdict;
    },
  };
};

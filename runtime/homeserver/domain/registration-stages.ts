import type { Captcha } from "../../ports/captcha.js";
import type { Limiter } from "../../ports/limiter.js";
import { missingParam, protocolError } from "../../protocol/errors.js";
import { limitTo } from "../../validation/dispatch.js";
import { failedStage } from "./failed-stage.js";
import type { InvitedRegistrations } from "./registration-tokens.js";
import type { StageCheck } from "./stages.js";

/** Longer ones come from no widget. */
const maxResponseLength = 8192;

/** Whoever goes on has accepted: the editions that were shown to them, and no later ones. */
export const termsStage: StageCheck = async (_, __, { offer: { policies } }) => {
  if (policies === undefined) return failedStage("M_FORBIDDEN", "Nothing was shown that could be accepted.");
  const accepted = Object.entries(policies).map(([policy, { version }]) => ({ policy, version }));
  return { outcome: "completed", accepted };
};

export const registrationTokenStage =
  ({ reserve }: Pick<InvitedRegistrations, "reserve">): StageCheck =>
  async ({ token }, { clientIp }, { hash }) => {
    if (token === undefined) throw missingParam("auth.token");
    return (await reserve(token, hash, clientIp))
      ? { outcome: "completed", registrationToken: token }
      : failedStage("M_FORBIDDEN", "This registration token is not valid, or is used up.");
  };

export const captchaStage =
  (captcha: Captcha | undefined, limiter: Limiter): StageCheck =>
  async ({ response }, { clientIp }) => {
    if (response === undefined || response === "") return failedStage("M_CAPTCHA_NEEDED", "Please solve the captcha.");
    if (captcha === undefined) return failedStage("M_CAPTCHA_INVALID", "There are no captchas here.");
    if (response.length > maxResponseLength) return failedStage("M_CAPTCHA_INVALID", "The captcha was not solved.");
    await limitTo(limiter, "captcha.ip", clientIp);
    const verdict = await captcha.verify(response);
    switch (verdict.outcome) {
      case "solved":
        return { outcome: "completed" };
      case "refused":
        return failedStage("M_CAPTCHA_INVALID", "The captcha was not solved, or too long ago.");
      case "unreachable":
        throw protocolError("M_UNKNOWN", {
          status: 502,
          error: "The captcha cannot be checked now. Please try again later.",
          cause: verdict.reason,
        });
    }
  };

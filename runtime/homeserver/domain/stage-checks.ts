import type { AccountStore } from "../../ports/account-store.js";
import type { Captcha } from "../../ports/captcha.js";
import type { Limiter } from "../../ports/limiter.js";
import { missingParam } from "../../protocol/errors.js";
import type { Medium, Threepid } from "../../protocol/threepid.js";
import type { ResolveIdentifier } from "./account-identifier.js";
import { passwordDigest } from "./account-owner.js";
import { failedStage } from "./failed-stage.js";
import type { PasswordCheck } from "./password-check.js";
import { captchaStage, registrationTokenStage, termsStage } from "./registration-stages.js";
import type { InvitedRegistrations } from "./registration-tokens.js";
import type { Stage } from "./stage.js";
import type { FailedStage, StageCheck } from "./stages.js";
import type { ProofAttempt, ProveThreepid } from "./threepid-proof.js";

interface StagePorts {
  readonly accounts: Pick<AccountStore, "find" | "ownerOf">;
  readonly checkPassword: PasswordCheck;
  readonly limiter: Limiter;
  readonly resolve: ResolveIdentifier;
  readonly prove: ProveThreepid;
  readonly isPermitted: (threepid: Threepid) => boolean;
  readonly invitedRegistrations: Pick<InvitedRegistrations, "reserve">;
  /** Where captchas are asked for. */
  readonly captcha?: Captcha | undefined;
}

/** Wrong password, no such user and somebody else's account are one answer. */
const wrongPassword = failedStage("M_FORBIDDEN", "The user or the password is not correct.");

const passwordStage =
  ({ checkPassword, resolve }: StagePorts): StageCheck =>
  async ({ identifier, password }, { caller, clientIp }) => {
    if (password === undefined) throw missingParam("auth.password");
    const own = caller === undefined ? undefined : { name: caller, mxid: caller };
    const named = identifier === undefined ? own : await resolve(identifier);
    if (named === undefined) throw missingParam("auth.identifier");
    const { account, matches } = await checkPassword({ named, password, clientIp, caller });
    if (account === undefined || !matches || account.state === "deactivated") return wrongPassword;
    if (caller !== undefined && account.mxid !== caller) return wrongPassword;
    return { outcome: "completed", mxid: account.mxid, passwordDigest: passwordDigest(account) };
  };

const proofResult = (attempt: Exclude<ProofAttempt, { readonly outcome: "proven" }>): FailedStage => {
  switch (attempt.outcome) {
    case "pending":
      return failedStage("M_THREEPID_AUTH_FAILED", "The address was not confirmed yet.", true);
    case "untrusted":
      return failedStage("M_THREEPID_AUTH_FAILED", "The identity server is not trusted here.");
    case "unproven":
      return failedStage("M_THREEPID_AUTH_FAILED", attempt.reason);
  }
};

/** Whose account the proved address stands for: nobody's at registration, else its owner's and no other. */
const threepidStage =
  ({ accounts, prove, isPermitted }: StagePorts, medium: Medium): StageCheck =>
  async ({ threepidCreds }, operation) => {
    if (threepidCreds === undefined) throw missingParam("auth.threepid_creds");
    const attempt = await prove(
      threepidCreds,
      operation.name === "register" ? "register" : "password",
      operation.clientIp,
    );
    if (attempt.outcome !== "proven") return proofResult(attempt);
    const { proof } = attempt;
    if (proof.medium !== medium)
      return failedStage("M_THREEPID_AUTH_FAILED", "The session is for an address of another kind.");
    const owner = await accounts.ownerOf(proof);
    if (operation.name === "register") {
      // An identity server that validated for us does not know our rules.
      if (!isPermitted(proof)) return failedStage("M_THREEPID_DENIED", "This address may not be used here.");
      return owner === undefined
        ? { outcome: "completed", proof }
        : failedStage("M_THREEPID_IN_USE", "This address is in use already.");
    }
    if (owner === undefined || (operation.caller !== undefined && owner !== operation.caller)) {
      return failedStage("M_THREEPID_AUTH_FAILED", "The address does not belong to the account.");
    }
    return { outcome: "completed", mxid: owner, passwordDigest: passwordDigest(await accounts.find(owner)), proof };
  };

/** How each stage is checked. */
export const stageChecks = (ports: StagePorts): Readonly<Record<Stage, StageCheck>> => ({
  "m.login.dummy": async () => ({ outcome: "completed" }),
  "m.login.password": passwordStage(ports),
  "m.login.email.identity": threepidStage(ports, "email"),
  "m.login.msisdn": threepidStage(ports, "msisdn"),
  "m.login.terms": termsStage,
  "m.login.registration_token": registrationTokenStage(ports.invitedRegistrations),
  "m.login.recaptcha": captchaStage(ports.captcha, ports.limiter),
});

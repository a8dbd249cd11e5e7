import type { Account, AccountStore } from "../../ports/account-store.js";
import type { Limiter } from "../../ports/limiter.js";
import type { ValidationPurposes } from "../../ports/validation-purposes.js";
import { protocolError } from "../../protocol/errors.js";
import type { Passwords } from "../../protocol/password.js";
import { limitTo } from "../../validation/dispatch.js";
import { noGuest } from "./access.js";
import { provedAccount } from "./account-owner.js";
import type { CleanUp } from "./clean-up.js";
import type { Authorised, Challenged, InteractiveAuth } from "./interactive-auth.js";
import type { PasswordRules } from "./password-rules.js";
import type { SingleUse } from "./single-use.js";
import type { Stage } from "./stage.js";
import type { AuthAttempt } from "./stages.js";

export interface PasswordRequest {
  /** Whose access token the request bears, if any. */
  readonly account: Account | undefined;
  readonly newPassword: string;
  /** Whether the account's devices are logged out, but for the one that asks. */
  readonly logoutDevices: boolean;
  readonly auth: AuthAttempt | undefined;
  readonly clientIp: string;
}

export interface PasswordChanges {
  /** Throws M_WEAK_PASSWORD, M_FORBIDDEN, M_LIMIT_EXCEEDED. */
  change(request: PasswordRequest): Promise<{ readonly outcome: "changed" } | Challenged>;
}

interface PasswordPorts {
  readonly accounts: AccountStore;
  readonly limiter: Limiter;
  readonly validationPurposes: ValidationPurposes;
  readonly passwords: Passwords;
  readonly passwordRules: PasswordRules;
  readonly interactiveAuth: InteractiveAuth;
  readonly singleUse: SingleUse;
  readonly cleanUp: CleanUp;
}

/** Without a session only an address on the account tells whose password it is. */
const resetFlows: readonly (readonly Stage[])[] = [["m.login.email.identity"], ["m.login.msisdn"]];
const changeFlows: readonly (readonly Stage[])[] = [["m.login.password"], ...resetFlows];

/**
 * Who had a session ready for a new password, or a mail still to open, cannot undo the change; what was shown already is
 * over by {@link provedAccount}. Sessions that identity servers keep are theirs to end.
 */
export const endPasswordResets = async (
  { accounts, validationPurposes }: Pick<PasswordPorts, "accounts" | "validationPurposes">,
  mxid: string,
): Promise<void> => {
  for (const threepid of await accounts.threepids(mxid)) await validationPurposes.endSessions("password", threepid);
};

export const passwordChanges = (ports: PasswordPorts): PasswordChanges => {
  const { accounts, limiter, passwords, passwordRules } = ports;
  const { interactiveAuth, singleUse, cleanUp } = ports;

  const carryOut = async (request: PasswordRequest, authorised: Authorised) => {
    const { account, newPassword, logoutDevices } = request;
    const mxid = await provedAccount(accounts, account, authorised);
    await limitTo(limiter, "password.mxid", mxid);
    const asking = account === undefined ? [] : [account.deviceId];
    const keepDevices = logoutDevices ? asking : "all";
    await singleUse(authorised, async () => {
      // Only for whoever has the claim: the same proof, shown many times at once, costs one hash.
      const passwordHash = await passwords.hash(newPassword);
      const outcome = await accounts.changePassword({ mxid, passwordHash, keepDevices });
      if (outcome === "gone") throw protocolError("M_USER_DEACTIVATED");
    });
    await cleanUp("ending what else could set a password", () => endPasswordResets(ports, mxid));
    return { outcome: "changed" } as const;
  };

  return {
    async change(request) {
      const { account, newPassword, auth, clientIp } = request;
      if (account !== undefined) noGuest(account);
      passwordRules.check(newPassword);
      const authorisation = await interactiveAuth.authorise(
        {
          name: "password",
          flows: account === undefined ? resetFlows : changeFlows,
          caller: account?.mxid,
          parts: { newPassword, keepDevices: request.logoutDevices ? undefined : "true" },
          clientIp,
        },
        auth,
      );
      return authorisation.outcome === "challenged" ? authorisation : carryOut(request, authorisation);
    },
  };
};

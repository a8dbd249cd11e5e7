import type { Account, Accounts } from "../../ports/accounts.js";
import type { Clock } from "../../ports/clock.js";
import type { AccountThreepids } from "../../ports/threepids.js";
import { protocolError } from "../../protocol/errors.js";
import type { Passwords } from "../../protocol/password.js";
import { noGuest } from "./access.js";
import { provedAccount } from "./account-owner.js";
import type { Authorised, Challenged, InteractiveAuth } from "./interactive-auth.js";
import type { PasswordRules } from "./password-rules.js";
import type { Stage } from "./stage.js";
import type { AuthAttempt } from "./stages.js";

export interface PasswordRequest {
  /** Whose access token the request bears, if any: it stays, while all others of the account are revoked. */
  readonly account: Account | undefined;
  readonly newPassword: string;
  readonly auth: AuthAttempt | undefined;
  readonly clientIp: string;
}

export interface PasswordChanges {
  /** Throws M_WEAK_PASSWORD, M_FORBIDDEN, M_LIMIT_EXCEEDED. */
  change(request: PasswordRequest): Promise<{ readonly outcome: "changed" } | Challenged>;
}

interface PasswordPorts {
  readonly accounts: Accounts;
  readonly threepids: AccountThreepids;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly passwordRules: PasswordRules;
  readonly interactiveAuth: InteractiveAuth;
}

/** Without a session only an address on the account tells whose password it is. */
const resetFlows: readonly (readonly Stage[])[] = [["m.login.email.identity"], ["m.login.msisdn"]];
const changeFlows: readonly (readonly Stage[])[] = [["m.login.password"], ...resetFlows];

export const passwordChanges = (ports: PasswordPorts): PasswordChanges => {
  const { accounts, threepids, clock, passwords, passwordRules, interactiveAuth } = ports;

  const carryOut = async ({ account, newPassword }: PasswordRequest, authorised: Authorised) => {
    const mxid = await provedAccount(threepids, account, authorised);
    const { interactiveSession, provenSessions } = authorised;
    const outcome = await accounts.changePassword({
      mxid,
      passwordHash: await passwords.hash(newPassword),
      changedAt: clock.now(),
      keepToken: account?.tokenHash,
      claims: { interactiveSession, provenSessions },
    });
    if (outcome === "spent") throw protocolError("M_FORBIDDEN", { error: "This authentication was used before." });
    if (outcome === "gone") throw protocolError("M_USER_DEACTIVATED");
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
          parts: { newPassword },
          clientIp,
        },
        auth,
      );
      return authorisation.outcome === "challenged" ? authorisation : carryOut(request, authorisation);
    },
  };
};

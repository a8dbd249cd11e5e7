/** A forgotten password (client-server API, "Account management"). */

import type { ClientServerV3Client } from "../../generated/client-server-v3/index.js";
import { addressStep } from "./address-stage.js";
import { type StageCode, type Stages, stageCodes } from "./interactive-auth.js";
import { type Result, refusal } from "./result.js";
import {
  type Fetch,
  type MessageCode,
  type MessageOptions,
  messageTo,
  type Reachable,
  type Step,
  until,
} from "./validation.js";

export interface PasswordParties {
  /** Of nobody in particular: the address says whose password it is. */
  readonly homeserver: Pick<
    ClientServerV3Client,
    "changePassword" | "requestTokenToResetPasswordEmail" | "requestTokenToResetPasswordMSISDN"
  >;
  /** For codes, which are submitted wherever the homeserver says. Default: the global `fetch`. */
  readonly fetch?: Fetch;
}

export interface NewPassword extends MessageOptions {
  /** An address of the account. */
  readonly threepid: Reachable;
  readonly newPassword: string;
  /** Whether whoever is logged in is logged out. Default: true, as the password may be known to others. */
  readonly logoutDevices?: boolean;
  readonly stages?: Stages;
}

const codes = ["M_WEAK_PASSWORD", "M_USER_DEACTIVATED", "M_USER_LOCKED", ...stageCodes] as const;

export type PasswordCode = (typeof codes)[number] | StageCode;

/**
 * Has a message sent to an address of an account; the step that it answers waits for the person, and then sets the
 * account's password. A homeserver may answer the same for an address that nobody has, and send nothing.
 * @throws what calls throw that get no answer: `Unreachable`, `TimedOut`, `UnexpectedAnswer`, the signal's reason.
 */
export const resetPassword = async (
  { homeserver, fetch }: PasswordParties,
  wanted: NewPassword,
): Promise<Result<Step<object, PasswordCode>, PasswordCode | MessageCode>> => {
  const { threepid, newPassword, logoutDevices = true, nextLink, stages } = wanted;
  const body = { new_password: newPassword, logout_devices: logoutDevices };
  return addressStep<Awaited<ReturnType<typeof homeserver.changePassword>>, object, PasswordCode>(
    {
      medium: threepid.medium,
      stages,
      fetch,
      request: messageTo(threepid, nextLink, {
        email: homeserver.requestTokenToResetPasswordEmail,
        msisdn: homeserver.requestTokenToResetPasswordMSISDN,
      }),
      operation: (step, by) => homeserver.changePassword({ body: { ...body, ...step } }, until(by)),
      outcome: (answer) => (answer.status === 200 ? { ok: true } : refusal(answer, codes)),
    },
    wanted,
  );
};

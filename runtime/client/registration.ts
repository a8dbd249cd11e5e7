/** A new account with a mail address (client-server API, "Account registration and management"). */

import type { ClientServerV3Client, RegisterResponse } from "../../generated/client-server-v3/index.js";
import { addressStep } from "./address-stage.js";
import { type StageCode, type Stages, stageCodes } from "./interactive-auth.js";
import { type Result, refusal, textMember, unreadable } from "./result.js";
import { type Fetch, type MessageCode, type MessageOptions, type Step, until } from "./validation.js";

export interface RegistrationParties {
  readonly homeserver: Pick<ClientServerV3Client, "register" | "requestTokenToRegisterEmail">;
  /** For codes, which are submitted wherever the homeserver says. Default: the global `fetch`. */
  readonly fetch?: Fetch;
}

export interface NewAccount extends MessageOptions {
  readonly email: string;
  readonly password: string;
  /** The local part of the user id; without it the homeserver makes one. */
  readonly username?: string;
  readonly deviceId?: string;
  /** What the new device is called. */
  readonly deviceName?: string;
  /** Whether the client can refresh access tokens that expire. Default: false. */
  readonly canRefresh?: boolean;
  /** What else the homeserver may ask for: terms, a captcha, a registration token. */
  readonly stages?: Stages;
}

export interface Account {
  readonly mxid: string;
  readonly accessToken: string;
  readonly deviceId: string;
  readonly refreshToken?: string;
  /** How long the access token holds, in milliseconds; absent where it does not expire. */
  readonly expiresInMs?: number;
}

const codes = [
  "M_USER_IN_USE",
  "M_INVALID_USERNAME",
  "M_EXCLUSIVE",
  "M_WEAK_PASSWORD",
  "M_THREEPID_IN_USE",
  ...stageCodes,
] as const;

/** `NO_FLOW`: accounts are not made with a mail address here, or only with stages that {@link NewAccount} has not. */
export type RegistrationCode = (typeof codes)[number] | StageCode;

const accountOf = (body: RegisterResponse): Result<Account, never> => {
  const [accessToken, deviceId] = [textMember(body, "access_token"), textMember(body, "device_id")];
  if (accessToken === undefined || deviceId === undefined) return unreadable(200, "access_token or device_id");
  const { user_id: mxid, refresh_token: refreshToken, expires_in_ms: expiresInMs } = body;
  return {
    ok: true,
    mxid,
    accessToken,
    deviceId,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresInMs === undefined ? {} : { expiresInMs }),
  };
};

/**
 * Asks for an account, and has a message sent to its mail address; the step that it answers waits for the person, and
 * then answers the account. A name that is taken and a password that is refused are told before any message is sent.
 * @throws what calls throw that get no answer: `Unreachable`, `TimedOut`, `UnexpectedAnswer`, the signal's reason.
 */
export const registerWithEmail = async (
  { homeserver, fetch }: RegistrationParties,
  wanted: NewAccount,
): Promise<Result<Step<Account, RegistrationCode>, RegistrationCode | MessageCode>> => {
  const { email, password, username, deviceId, deviceName, canRefresh = false, nextLink } = wanted;
  const account = {
    password,
    ...(username === undefined ? {} : { username }),
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
    ...(deviceName === undefined ? {} : { initial_device_display_name: deviceName }),
    ...(canRefresh ? { refresh_token: true } : {}),
  };
  const linked = nextLink === undefined ? {} : { next_link: nextLink };
  return addressStep<Awaited<ReturnType<typeof homeserver.register>>, Account, RegistrationCode>(
    {
      medium: "email",
      stages: wanted.stages,
      fetch,
      request: (session, by) =>
        homeserver.requestTokenToRegisterEmail({ body: { ...session, email, ...linked } }, until(by)),
      operation: (step, by) => homeserver.register({ body: { ...account, ...step } }, until(by)),
      outcome: (answer) => (answer.status === 200 ? accountOf(answer.body) : refusal(answer, codes)),
    },
    wanted,
  );
};

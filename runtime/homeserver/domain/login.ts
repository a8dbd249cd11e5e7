import type { AccountStore } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import { protocolError } from "../../protocol/errors.js";
import { lockedOut } from "./access.js";
import type { AccountIdentifier, ResolveIdentifier } from "./account-identifier.js";
import type { DeviceWishes, NewSessions, OpenedSession } from "./new-session.js";
import type { PasswordCheck } from "./password-check.js";

export interface PasswordLogin {
  readonly identifier: AccountIdentifier;
  readonly password: string;
  readonly device: DeviceWishes;
  readonly clientIp: string;
}

/** How a client is let in. */
export interface LoggedIn {
  readonly mxid: string;
  readonly session: OpenedSession;
}

export interface Logins {
  /**
   * Throws M_FORBIDDEN alike, and after the same time, for a wrong password, a guest and a name that nobody has;
   * M_USER_DEACTIVATED, since a name that was somebody's is no secret; M_USER_LOCKED to whoever has the password;
   * M_LIMIT_EXCEEDED.
   */
  byPassword(login: PasswordLogin): Promise<LoggedIn>;
}

interface LoginPorts {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly resolve: ResolveIdentifier;
  readonly checkPassword: PasswordCheck;
  readonly newSessions: NewSessions;
  readonly settings: { readonly maxDevices: number };
}

const refusal = () => protocolError("M_FORBIDDEN", { error: "The user or the password is not correct." });

/** A password that was hashed anew meanwhile, by another login, is still the same: it is checked once more. */
const attempts = 2;

export const logins = (ports: LoginPorts): Logins => {
  const { accounts, clock, resolve, checkPassword, newSessions } = ports;
  const { maxDevices } = ports.settings;
  /** The account and the hash that the password fits, where it may log in. */
  const checked = async ({ identifier, password, clientIp }: PasswordLogin) => {
    const named = await resolve(identifier);
    const { account, matches } = await checkPassword({ named, password, clientIp });
    // Its password is gone, so that nobody can show to know it.
    if (account?.state === "deactivated") throw protocolError("M_USER_DEACTIVATED");
    if (account === undefined || !matches || account.kind === "guest") throw refusal();
    if (account.state === "locked") throw lockedOut();
    return account;
  };

  return {
    async byPassword(login) {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const { mxid, passwordHash } = await checked(login);
        const { kept, given } = newSessions.open(login.device);
        const at = clock.now();
        const outcome = await accounts.openSession({ mxid, passwordHash, session: kept, at, maxDevices });
        if (outcome === "opened") return { mxid, session: given };
        if (outcome === "gone") break;
      }
      throw refusal();
    },
  };
};

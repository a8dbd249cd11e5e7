import type { AcceptedPolicies } from "../../ports/accepted-policies.js";
import type { AccountStore, NewAccount } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Logger } from "../../ports/logger.js";
import { protocolError } from "../../protocol/errors.js";
import type { Passwords } from "../../protocol/password.js";
import { limitTo } from "../../validation/dispatch.js";
import type { HomeserverSettings } from "../settings.js";
import type { Bindings } from "./bindings.js";
import type { CleanUp } from "./clean-up.js";
import type { Authorised, Challenged, InteractiveAuth } from "./interactive-auth.js";
import type { DeviceWishes, NewSessions, OpenedSession } from "./new-session.js";
import type { PasswordRules } from "./password-rules.js";
import { RegistrationTokenEnded, type SingleUse } from "./single-use.js";
import type { AuthAttempt } from "./stages.js";
import type { Usernames } from "./usernames.js";

export interface Registration {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly device: DeviceWishes;
  readonly inhibitLogin: boolean;
  /** Whether the address that was proved through an identity server is published there, too. */
  readonly bindEmail: boolean;
  readonly bindMsisdn: boolean;
  readonly auth: AuthAttempt | undefined;
  readonly clientIp: string;
  readonly log: Logger;
}

export interface GuestRegistration {
  /** The server chooses its id. */
  readonly device: Omit<DeviceWishes, "deviceId">;
  readonly clientIp: string;
}

/** A new account, and the session it starts with unless the client wanted none. */
export interface Registered {
  readonly outcome: "registered";
  readonly mxid: string;
  readonly session: OpenedSession | undefined;
}

export interface Registrations {
  /**
   * Throws M_FORBIDDEN where registration is closed, M_INVALID_USERNAME, M_EXCLUSIVE, M_USER_IN_USE before and after
   * the interactive authentication, M_WEAK_PASSWORD, M_INVALID_PARAM, M_THREEPID_IN_USE, M_LIMIT_EXCEEDED.
   */
  register(registration: Registration): Promise<Registered | Challenged>;
  registerGuest(registration: GuestRegistration): Promise<Registered>;
}

interface RegistrationPorts {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly passwords: Passwords;
  readonly passwordRules: PasswordRules;
  readonly usernames: Usernames;
  readonly interactiveAuth: InteractiveAuth;
  readonly bindings: Bindings;
  readonly acceptedPolicies: AcceptedPolicies;
  readonly newSessions: NewSessions;
  readonly singleUse: SingleUse;
  readonly cleanUp: CleanUp;
  readonly settings: HomeserverSettings;
}

const inventions = 5;

export const registrations = (ports: RegistrationPorts): Registrations => {
  const { accounts, clock, limiter, passwords, passwordRules, usernames, interactiveAuth, bindings } = ports;
  const { newSessions, acceptedPolicies, singleUse, cleanUp } = ports;
  const { registration: rules } = ports.settings;

  /** Creates the account under the wanted name, or else under the first invented one that is free. */
  const create = async (wanted: string | undefined, account: Omit<NewAccount, "mxid">): Promise<string> => {
    for (let invention = 0; invention < inventions; invention += 1) {
      const mxid = wanted ?? usernames.invent();
      const outcome = await accounts.create({ ...account, mxid });
      if (outcome === "created") return mxid;
      if (outcome === "threepid-taken") throw protocolError("M_THREEPID_IN_USE");
      if (wanted !== undefined) break;
    }
    throw protocolError("M_USER_IN_USE");
  };

  const carryOut = async (
    registration: Registration,
    wanted: string | undefined,
    authorised: Authorised,
  ): Promise<Registered> => {
    const { password, device, inhibitLogin, bindEmail, bindMsisdn, log } = registration;
    const { proofs, accepted } = authorised;
    // Only now: clients ask again and again while their user looks for the mail.
    await limitTo(limiter, "register.ip", registration.clientIp);
    const login = inhibitLogin ? undefined : newSessions.open(device);
    const createdAt = clock.now();
    const threepids = proofs.map(({ medium, address, validatedAt }) => ({
      medium,
      address,
      validatedAt,
      addedAt: createdAt,
    }));
    const mxid = await singleUse(authorised, async () => {
      // Only for whoever has the claim: the same session, shown many times at once, costs one hash.
      const passwordHash = password === undefined ? undefined : await passwords.hash(password);
      return create(wanted, { kind: "user", passwordHash, createdAt, session: login?.kept, threepids });
    });
    await cleanUp("recording accepted policies", () => acceptedPolicies.record(mxid, accepted, createdAt));
    const toBind = proofs.filter(({ medium }) => (medium === "email" ? bindEmail : bindMsisdn));
    for (const proof of toBind) await bindings.bindIfPossible(mxid, proof, log);
    return { outcome: "registered", mxid, session: login?.given };
  };

  return {
    async register(registration) {
      const { username, password, auth, clientIp } = registration;
      if (!rules.users) throw protocolError("M_FORBIDDEN", { error: "Registration is closed here." });
      const wanted = username === undefined ? undefined : await usernames.checkAvailable(username);
      if (password !== undefined) passwordRules.check(password);
      const parts = { username, password };
      const operation = { name: "register", flows: rules.flows, caller: undefined, parts, clientIp } as const;
      const authorisation = await interactiveAuth.authorise(operation, auth);
      if (authorisation.outcome === "challenged") return authorisation;
      try {
        return await carryOut(registration, wanted, authorisation);
      } catch (error) {
        if (!(error instanceof RegistrationTokenEnded)) throw error;
        return interactiveAuth.askForToken(operation, authorisation);
      }
    },

    async registerGuest({ device, clientIp }) {
      if (!rules.guests) throw protocolError("M_FORBIDDEN", { error: "There are no guests here." });
      await limitTo(limiter, "register.ip", clientIp);
      const { kept, given } = newSessions.open({ ...device, deviceId: undefined });
      const mxid = await create(undefined, {
        kind: "guest",
        passwordHash: undefined,
        createdAt: clock.now(),
        session: kept,
        threepids: [],
      });
      return { outcome: "registered", mxid, session: given };
    },
  };
};

/** What an operator does to the accounts of a homeserver's own database, beside the running server or without it. */

import type { Configuration, HomeserverOptions } from "../config/schema.js";
import { endPasswordResets } from "../homeserver/domain/password.js";
import { type PasswordRules, passwordRules } from "../homeserver/domain/password-rules.js";
import { unbindEntry } from "../homeserver/domain/unbinding.js";
import type { AcceptedPolicy } from "../ports/accepted-policies.js";
import type { RegisteredAccount } from "../ports/account-register.js";
import type { AccountThreepid } from "../ports/account-store.js";
import type { Random } from "../ports/random.js";
import { ProtocolError } from "../protocol/errors.js";
import { parseUserId } from "../protocol/identifiers.js";
import { passwords } from "../protocol/password.js";
import { newSecret } from "../protocol/tokens.js";
import { sqliteAccountRegister } from "../storage/sqlite/homeserver-account-register.js";
import { sqliteAccountStore, sqliteHomeserverStorage } from "../storage/sqlite/homeserver-storage.js";
import { openAdministered } from "./administered-database.js";
import { homeserverSettings } from "./settings.js";
import { type Surroundings, surroundings } from "./surroundings.js";

/** Times are milliseconds since 1970. */
export interface ShownAccount extends RegisteredAccount {
  readonly threepids: readonly AccountThreepid[];
  /** What was accepted at registration, each in the edition that was shown. */
  readonly policies: readonly (AcceptedPolicy & { readonly acceptedAt: number })[];
}

/** Each member throws an Error with a hint when there is no such account; all but `show` when it is deactivated, too. */
export interface AccountAdministration {
  /** By user ID. */
  list(): AsyncIterable<RegisteredAccount>;
  show(mxid: string): Promise<ShownAccount>;
  /** Locks an account, or unlocks it: a running server follows at once. Its devices stay logged in and can do nothing. */
  setLocked(mxid: string, locked: boolean): Promise<void>;
  /**
   * Sets a password, or one that is made up, and answers it. Devices are logged out unless they are to stay; whoever had a
   * reset under way starts again. Throws for a guest, and for a password that breaks the rules.
   */
  setPassword(mxid: string, password: string | undefined, devices: "log-out" | "keep"): Promise<string>;
  /**
   * Closes an account for ever: password, devices, tokens and threepids go, and the name stays taken. What identity
   * servers published is taken back by the running server, or the next one; answers how many bindings.
   * @param erase whether what it accepted is forgotten, too
   */
  deactivate(mxid: string, erase: boolean): Promise<number>;
  close(): void;
}

const pageSize = 1_000;

/** Long enough not to be guessed, in groups that can be read out. */
const inventedLength = 24;

const invent = (random: Random, rules: PasswordRules, minimumLength: number): string => {
  for (;;) {
    const password = newSecret(random, Math.max(inventedLength, minimumLength)).replaceAll(/.{6}(?=.)/g, "$&-");
    if (weakness(rules, password) === undefined) return password;
  }
};

const weakness = (rules: PasswordRules, password: string): string | undefined => {
  try {
    rules.check(password);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
};

const optionsOf = ({ homeserver }: Configuration): HomeserverOptions => {
  if (homeserver === undefined) throw new Error("the configuration has no homeserver; add its section to it");
  return homeserver;
};

/** @throws Error when the configuration has no homeserver, or that server has made no database yet. */
export const administrateAccounts = (
  configuration: Configuration,
  given: Partial<Surroundings> = {},
): AccountAdministration => {
  const options = optionsOf(configuration);
  const { clock, random } = surroundings(configuration, given);
  const connection = openAdministered("homeserver", options, clock.now());
  const register = sqliteAccountRegister(connection);
  const accounts = sqliteAccountStore(connection);
  const { acceptedPolicies, recordedBindings, validationPurposes } = sqliteHomeserverStorage(connection);
  const { passwords: required } = homeserverSettings(options, configuration);
  const rules = passwordRules(required);

  const unknown = (mxid: string): Error =>
    parseUserId(mxid) === undefined
      ? new Error(`"${mxid}" is no user ID; write @alice:${options.server_name}`)
      : new Error(`there is no account "${mxid}"; \`threepid accounts list\` shows who has one`);

  /** Why an account cannot be changed: there never was one, or it was closed, perhaps just now. */
  const gone = async (mxid: string): Promise<Error> =>
    (await accounts.find(mxid)) === undefined ? unknown(mxid) : new Error(`"${mxid}" was closed, for ever`);

  const living = async (mxid: string) => {
    const account = await accounts.find(mxid);
    if (account === undefined || account.state === "deactivated") throw await gone(mxid);
    return account;
  };

  /** Until none is left. A running server looks into the outbox by itself, and without one it waits there. */
  const unbindLater = async (mxid: string): Promise<number> => {
    const recorded = await recordedBindings.list(mxid);
    if (recorded.length === 0) return 0;
    for (const binding of recorded) await recordedBindings.replace(binding, unbindEntry(binding, clock.now()));
    return recorded.length + (await unbindLater(mxid));
  };

  return {
    list: async function* () {
      let last: string | undefined;
      do {
        const page = await register.page(last, pageSize);
        yield* page;
        last = page.at(-1)?.mxid;
      } while (last !== undefined);
    },
    show: async (mxid) => {
      const account = await register.find(mxid);
      if (account === undefined) throw unknown(mxid);
      const [threepids, policies] = [await accounts.threepids(mxid), await acceptedPolicies.list(mxid)];
      return { ...account, threepids, policies };
    },
    setLocked: async (mxid, locked) => {
      if ((await accounts.setLocked(mxid, locked)) === "gone") throw await gone(mxid);
    },
    setPassword: async (mxid, wanted, devices) => {
      if ((await living(mxid)).kind === "guest") throw new Error(`"${mxid}" is a guest, who has no password`);
      const lack = wanted === undefined ? undefined : weakness(rules, wanted);
      if (lack !== undefined) throw new Error(`this password cannot be set. ${lack}`);
      const password = wanted ?? invent(random, rules, required.minimumLength);
      const passwordHash = await passwords(random).hash(password);
      const change = { mxid, passwordHash, keepDevices: devices === "keep" ? "all" : [] } as const;
      if ((await accounts.changePassword(change)) === "gone") throw await gone(mxid);
      await endPasswordResets({ accounts, validationPurposes }, mxid);
      return password;
    },
    deactivate: async (mxid, erase) => {
      await living(mxid);
      // First, while the account can be named: a command that is cut off here is given again, and nothing is left behind.
      const before = await unbindLater(mxid);
      if ((await accounts.deactivate(mxid, clock.now(), erase)) === "gone") throw await gone(mxid);
      // Once more: until just now its user could have more of them made, and nobody works off what a closed account has.
      const meanwhile = await unbindLater(mxid);
      if (erase) await acceptedPolicies.forget(mxid);
      return before + meanwhile;
    },
    close: connection.close,
  };
};

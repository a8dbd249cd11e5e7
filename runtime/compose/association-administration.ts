/** What an operator does to single associations, beside the running server or without it. */

import type { Configuration } from "../config/schema.js";
import { type BoundBody, binding } from "../identity/binding.js";
import { signedBodyOf } from "../identity/signed-association.js";
import type { Erased } from "../ports/associations.js";
import { ProtocolError } from "../protocol/errors.js";
import { parseUserId } from "../protocol/identifiers.js";
import { newPepper } from "../protocol/lookup-hash.js";
import { canonicalThreepid, parseEmail, parsePhone, type Threepid } from "../protocol/threepid.js";
import { openKeyring } from "../signing/keyring.js";
import { sqliteAssociationRegister } from "../storage/sqlite/identity-association-register.js";
import { sqliteIdentityStorage } from "../storage/sqlite/identity-storage.js";
import { openAdministered } from "./administered-database.js";
import { type Surroundings, surroundings } from "./surroundings.js";

/** An association as a lookup answers it. */
export type ListedAssociation = ReturnType<typeof signedBodyOf>;

/** Addresses are given as people write them: `Alice@example.org`, `+44 7400 123456`. */
export interface AssociationAdministration {
  /** Binds an address to a user, as if they had proven it: signed, and the user's homeserver is told. */
  add(address: string, mxid: string): Promise<BoundBody>;
  /** Dissolves the association of an address, if it is with this user where one is named. Answers whose it was. */
  remove(address: string, mxid?: string): Promise<string>;
  /** Each association as a lookup answers it: of one address, of one user, or all of them. */
  list(of?: {
    readonly address?: string | undefined;
    readonly mxid?: string | undefined;
  }): AsyncIterable<ListedAssociation>;
  /** Erases every row about an address. Answers how many. */
  erase(address: string): Promise<Erased>;
  close(): void;
}

const pageSize = 1_000;

const refuse = (what: string, hint: string): never => {
  throw new Error(`${what}; ${hint}`);
};

const userId = (mxid: string): string =>
  parseUserId(mxid) === undefined ? refuse(`"${mxid}" is no user ID`, "write it as @alice:example.org") : mxid;

const noAddress = (text: string): never =>
  refuse(
    `"${text}" is neither a mail address nor a phone number`,
    "write alice@example.org, or +447400123456 with the country's code",
  );

/** What was stored, however odd: enough for finding it. */
const known = (address: string): Threepid => {
  if (address.includes("@")) return canonicalThreepid("email", address);
  if (!/\d/.test(address)) return noAddress(address);
  return canonicalThreepid("msisdn", address.replaceAll(/[\s().-]/g, ""));
};

/** What may be stored: a mail address, or a number with its country. */
const usable = (address: string): Threepid => {
  try {
    if (address.includes("@")) return { medium: "email", address: parseEmail(address).address };
    // With its plus sign a number says its country itself.
    return { medium: "msisdn", address: parsePhone("GB", address.startsWith("+") ? address : `+${address}`).msisdn };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return noAddress(address);
  }
};

/** @throws Error when the configuration has no identity server, or that server has made no database yet. */
export const administrateAssociations = (
  configuration: Configuration,
  given: Partial<Surroundings> = {},
): AssociationAdministration => {
  const { identity } = configuration;
  if (identity === undefined) throw new Error("the configuration has no identity server; add its section to it");
  const { clock, random } = surroundings(configuration, given);
  const connection = openAdministered("identity", identity, clock.now());
  const storage = sqliteIdentityStorage(connection);
  const register = sqliteAssociationRegister(connection);

  const { allowed_homeservers: allowed } = identity;
  const served = (mxid: string): void => {
    const server = parseUserId(mxid)?.serverName ?? "";
    if (allowed.length === 0 || allowed.includes(server)) return;
    refuse(`users of ${server} are not served here`, `add "${server}" to "identity.allowed_homeservers"`);
  };

  const mxidOf = async (threepid: Threepid, address: string): Promise<string> => {
    const bound = await storage.associations.find(threepid);
    return bound?.mxid ?? refuse(`${address} is bound to nobody`, "`threepid associations list` shows what is bound");
  };

  const pages = async function* (mxid: string | undefined) {
    let last: Threepid | undefined;
    do {
      const page = await register.page(last, pageSize, mxid);
      yield* page.map(signedBodyOf);
      last = page.at(-1);
    } while (last !== undefined);
  };

  return {
    add: async (address, mxid) => {
      const threepid = usable(address);
      served(userId(mxid));
      await storage.lookupHashes.establish(newPepper(random), clock.now());
      const keyring = await openKeyring({ signingKeys: storage.signingKeys, random, clock });
      // A running server looks into the outbox by itself, and without one it waits there.
      const bind = binding({ storage, keyring, clock, wakeOutbox: () => undefined }, identity.server_name);
      return bind(threepid, mxid);
    },
    remove: async (address, mxid) => {
      const threepid = known(address);
      const owner = await mxidOf(threepid, address);
      if (mxid !== undefined && owner !== userId(mxid)) {
        return refuse(`${address} is bound to ${owner}`, "name that user, or leave --mxid out");
      }
      await storage.associations.unbind(threepid, owner);
      return owner;
    },
    list: async function* ({ address, mxid } = {}) {
      if (address === undefined) return yield* pages(mxid === undefined ? undefined : userId(mxid));
      const bound = await storage.associations.find(known(address));
      if (bound !== undefined && (mxid === undefined || bound.mxid === userId(mxid))) yield signedBodyOf(bound);
    },
    erase: (address) => storage.associations.erase(known(address), clock.now()),
    close: connection.close,
  };
};

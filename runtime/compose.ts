/** The one place that constructs things: a configuration becomes a program that can listen and be closed. */

import { delivery, type GivenDelivery } from "./compose/delivery.js";
import { federation } from "./compose/federation.js";
import { type HomeserverService, homeserverService } from "./compose/homeserver.js";
import { homeserverKeys } from "./compose/homeserver-keys.js";
import { identityService } from "./compose/identity.js";
import { type Address, type Listener, listenAll, listening } from "./compose/listener.js";
import { mailboxServer } from "./compose/mailbox-server.js";
import { measuredDelivery, measuredHomeservers, metricsOf } from "./compose/measured.js";
import { observer } from "./compose/observer.js";
import type { Service } from "./compose/service.js";
import { type Surroundings, surroundings } from "./compose/surroundings.js";
import type { Configuration } from "./config/schema.js";
import { httpListener } from "./http/node-listener.js";
import type { AccountStore } from "./ports/account-store.js";
import type { HomeserverKeys } from "./ports/homeserver-keys.js";
import type { Homeservers } from "./ports/homeservers.js";
import type { Logger } from "./ports/logger.js";
import type { Rooms } from "./ports/rooms.js";

export {
  type AccountAdministration,
  administrateAccounts,
  type ShownAccount,
} from "./compose/account-administration.js";
export { type Administration, administrate } from "./compose/administration.js";
export {
  type AssociationAdministration,
  administrateAssociations,
  type ListedAssociation,
} from "./compose/association-administration.js";
export { administrateKeys, type KeyAdministration, type KeyOwner } from "./compose/key-administration.js";
export {
  administrateRegistrationTokens,
  type RegistrationTokenAdministration,
} from "./compose/registration-token-administration.js";
export { importSydent, type SydentImportReport } from "./compose/sydent-import.js";
export { templatesOf } from "./compose/templates.js";
export { loadConfiguration, parseConfiguration } from "./config/load.js";
export type { Configuration } from "./config/schema.js";
export type {
  Account,
  AccountKind,
  AccountRecord,
  AccountState,
  AccountStore,
  AccountThreepid,
  Device,
  Login,
  NewAccount,
  NewSession,
  NewTokens,
  PasswordChange,
  Refresh,
  TokenOwner,
} from "./ports/account-store.js";
export type {
  ClaimedThreepidInvite,
  RoomDescription,
  Rooms,
  RoomVerdict,
  ThreepidInvite,
} from "./ports/rooms.js";
export type { JsonObject } from "./protocol/canonical-json.js";
export type { Threepid } from "./protocol/threepid.js";
export { StorageError } from "./storage/sqlite/storage-error.js";

/** What a test, or a program of one's own, puts in place of what the configuration would construct. */
export type Overrides = Partial<Surroundings> &
  GivenDelivery & {
    readonly homeserverKeys?: HomeserverKeys;
    readonly homeservers?: Homeservers;
    /** The rooms of the homeserver, which has none of its own. */
    readonly rooms?: Rooms;
    /** Accounts of a homeserver that has them already. Everything else stays in the configured database. */
    readonly accountStore?: AccountStore;
  };

/** Base URLs on this machine, without a slash at the end; absent for what does not run. */
export interface Urls {
  readonly identity?: string;
  readonly homeserver?: string;
  /** The identity server's internal API. */
  readonly internal?: string;
  readonly mailbox?: string;
  /** Health, readiness and figures. */
  readonly observe?: string;
}

export interface Program {
  /** The servers themselves, for calls with no port open. */
  readonly services: { readonly identity: Service | undefined; readonly homeserver: Service | undefined };
  /** Opens every port, or none. Throws an error that says which option to change. */
  listen(): Promise<Urls>;
  /** Answers what is under way, then ends everything. May be called at any time, and more than once. */
  close(): Promise<void>;
}

/** @throws StorageError when a database cannot be used. */
export const compose = async (configuration: Configuration, overrides: Overrides = {}): Promise<Program> => {
  const around = surroundings(configuration, overrides);
  const metrics = await metricsOf(configuration, around);
  const sending = await measuredDelivery(await delivery(configuration, around, overrides), metrics);
  const made: (() => Promise<void>)[] = [sending.close];
  let closing: Promise<void> | undefined;
  let open = false;
  let watching: Listener | undefined;
  const close = (): Promise<void> => {
    // Whoever watches is told to the end that nothing more is taken.
    closing ??= inOrder([...made.toReversed(), async () => watching?.close()]);
    return closing;
  };

  const construct = async () => {
    const parts = { configuration, around, metrics, delivery: sending };
    const { identity: identityOptions, homeserver: homeserverOptions } = configuration;
    let homeserver: HomeserverService | undefined;
    if (homeserverOptions !== undefined) {
      homeserver = await homeserverService({
        ...parts,
        options: homeserverOptions,
        accountStore: overrides.accountStore,
        homeserverKeys: overrides.homeserverKeys,
        rooms: overrides.rooms,
      });
      made.push(homeserver.close);
    }
    let identity: Service | undefined;
    if (identityOptions !== undefined) {
      const others = federation(configuration, identityOptions.homeservers, around);
      made.push(others.close);
      const keys =
        overrides.homeserverKeys ??
        homeserverKeys(identityOptions, homeserverOptions, homeserver?.signingKey, others.homeserverKeys);
      const homeservers = overrides.homeservers ?? others.homeservers;
      const asked = await measuredHomeservers({ homeserverKeys: keys, homeservers }, metrics);
      identity = await identityService({ ...parts, ...asked, options: identityOptions });
      made.push(identity.close);
    }
    return { identity, homeserver };
  };

  const listen = async (): Promise<Urls> => {
    const unlessClosing = (): void => {
      if (closing !== undefined) throw new Error("the program was closed before it answered");
    };
    unlessClosing();
    const urls: { -readonly [Name in keyof Urls]: Urls[Name] } = {};
    // All at once: while one server waits for its last requests, none of the others takes new ones.
    made.push(async () => atOnce(listeners.map(([, listener]) => listener.close)));
    const all = watching === undefined ? listeners : [["observe", watching] as const, ...listeners];
    for (const [name, url] of await listenAll(all)) urls[name] = url;
    unlessClosing();
    services.identity?.start();
    services.homeserver?.start();
    open = true;
    return urls;
  };

  const over = (section: "identity" | "homeserver", service: Service, address: Address): Listener =>
    listening(
      section,
      address,
      httpListener(service.server, { ...address, ...httpOptions(configuration, around.log) }),
    );

  const services = await construct().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const { identity, homeserver, mailbox } = configuration;
  const listeners: (readonly [keyof Urls, Listener])[] = [];
  if (services.identity && identity) listeners.push(["identity", over("identity", services.identity, identity.listen)]);
  if (services.identity?.internal) listeners.push(["internal", services.identity.internal]);
  if (services.homeserver && homeserver) {
    listeners.push(["homeserver", over("homeserver", services.homeserver, homeserver.listen)]);
  }
  if (sending.mailbox) listeners.push(["mailbox", mailboxServer(sending.mailbox, mailbox.listen)]);
  watching = metrics && observer(configuration, metrics, services, around, () => open && closing === undefined);
  return { services, listen, close };
};

const httpOptions = ({ http }: Configuration, log: Logger) => ({
  requestTimeoutMs: http.request_timeout_ms,
  log,
  trustProxy: http.trusted_proxies.length === 0 ? false : http.trusted_proxies,
});

/** Each although another failed; the first failure is thrown at the end. */
const atOnce = async (steps: readonly (() => Promise<void>)[]): Promise<void> => {
  const results = await Promise.allSettled(steps.map((step) => step()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
};

/** One after the other, each although the one before failed; the first failure is thrown at the end. */
const inOrder = async (steps: readonly (() => Promise<void>)[]): Promise<void> => {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
};

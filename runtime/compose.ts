/** The one place that constructs things: a configuration becomes a program that can listen and be closed. */

import { delivery, type GivenDelivery } from "./compose/delivery.js";
import { federation } from "./compose/federation.js";
import { type HomeserverService, homeserverService } from "./compose/homeserver.js";
import { homeserverKeys } from "./compose/homeserver-keys.js";
import { identityService } from "./compose/identity.js";
import { type Address, type Listener, listening } from "./compose/listener.js";
import { mailboxServer } from "./compose/mailbox-server.js";
import type { Service } from "./compose/service.js";
import { type Surroundings, surroundings } from "./compose/surroundings.js";
import type { Configuration } from "./config/schema.js";
import { httpListener } from "./http/fastify.js";
import type { HomeserverKeys } from "./ports/homeserver-keys.js";
import type { Homeservers } from "./ports/homeservers.js";

export { type Administration, administrate } from "./compose/administration.js";
export { importSydent, type SydentImportReport } from "./compose/sydent-import.js";

/** What a test, or a program of one's own, puts in place of what the configuration would construct. */
export type Overrides = Partial<Surroundings> &
  GivenDelivery & { readonly homeserverKeys?: HomeserverKeys; readonly homeservers?: Homeservers };

/** Base URLs on this machine, without a slash at the end; absent for what does not run. */
export interface Urls {
  readonly identity?: string;
  readonly homeserver?: string;
  readonly mailbox?: string;
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
  const sending = await delivery(configuration, around, overrides);
  const made: (() => Promise<void>)[] = [sending.close];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= inOrder(made.toReversed());
    return closing;
  };

  const construct = async () => {
    const parts = { configuration, around, delivery: sending };
    const { identity: identityOptions, homeserver: homeserverOptions } = configuration;
    let homeserver: HomeserverService | undefined;
    if (homeserverOptions !== undefined) {
      homeserver = await homeserverService({ ...parts, options: homeserverOptions });
      made.push(homeserver.close);
    }
    let identity: Service | undefined;
    if (identityOptions !== undefined) {
      const others = federation(configuration, identityOptions, around);
      made.push(others.close);
      const keys =
        overrides.homeserverKeys ??
        homeserverKeys(identityOptions, homeserverOptions, homeserver?.signingKey, others.homeserverKeys);
      const homeservers = overrides.homeservers ?? others.homeservers;
      identity = await identityService({ ...parts, options: identityOptions, homeserverKeys: keys, homeservers });
      made.push(identity.close);
    }
    return { identity, homeserver };
  };

  const listen = async (): Promise<Urls> => {
    const urls: { -readonly [Name in keyof Urls]: Urls[Name] } = {};
    // All at once: while one server waits for its last requests, none of the others takes new ones.
    made.push(async () => atOnce(listeners.map(([, listener]) => listener.close)));
    for (const [name, listener] of listeners) urls[name] = await listener.listen();
    services.identity?.start();
    services.homeserver?.start();
    return urls;
  };

  const over = (section: "identity" | "homeserver", service: Service, address: Address): Listener =>
    listening(section, address, httpListener(service.server, { ...address, ...httpOptions(configuration) }));

  const services = await construct().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const { identity, homeserver, mailbox } = configuration;
  const listeners: (readonly [keyof Urls, Listener])[] = [];
  if (services.identity && identity) listeners.push(["identity", over("identity", services.identity, identity.listen)]);
  if (services.homeserver && homeserver) {
    listeners.push(["homeserver", over("homeserver", services.homeserver, homeserver.listen)]);
  }
  if (sending.mailbox) listeners.push(["mailbox", mailboxServer(sending.mailbox, mailbox.listen)]);
  return { services, listen, close };
};

const httpOptions = ({ http }: Configuration) => ({
  requestTimeoutMs: http.request_timeout_ms,
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

/** The identity server out of its parts. */

import { type Operations, operations } from "../../generated/identity/operations.js";
import { requests } from "../../generated/identity/requests.js";
import { responses } from "../../generated/identity/responses.js";
import type { Operation } from "../../generated/seam/contract.js";
import { createServer } from "../../generated/seam/server.js";
import type { Configuration, IdentityOptions } from "../config/schema.js";
import { isV1 } from "../http/errors.js";
import { protocolPolicy } from "../http/policy.js";
import { identityAuthentication } from "../identity/access-tokens.js";
import { allowedPermit } from "../identity/allowed-homeservers.js";
import { binding } from "../identity/binding.js";
import type { IdentityContext, IdentityRequester } from "../identity/context.js";
import { identityHandlers } from "../identity/index.js";
import { internalHandlers } from "../identity/internal-api.js";
import { withStore } from "../identity/store-lookups.js";
import { termsPermit } from "../identity/terms.js";
import type { Metrics } from "../observe/metrics.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { Homeservers } from "../ports/homeservers.js";
import { newPepper } from "../protocol/lookup-hash.js";
import { openKeyring } from "../signing/keyring.js";
import { memorySeenKeys } from "../storage/memory-seen-keys.js";
import { identityMigrations } from "../storage/migrations/identity.js";
import { sqliteIdentityStorage } from "../storage/sqlite/identity-storage.js";
import { sqliteOutboxBacklog } from "../storage/sqlite/outbox-backlog.js";
import { sqliteProbe } from "../storage/sqlite/probe.js";
import { unreadLink } from "../validation/page.js";
import { validation } from "../validation/validation.js";
import { wordingOf } from "../validation/wording.js";
import { openServersDatabase } from "./database.js";
import type { Delivery } from "./delivery.js";
import { identityOutbox } from "./identity-outbox.js";
import { identityStoreOf } from "./identity-store.js";
import { internalServer } from "./internal-server.js";
import { lookupHolder } from "./lookup-holder.js";
import { measuredLookups, observing } from "./measured.js";
import { pepperKeeper } from "./pepper-keeper.js";
import type { Service } from "./service.js";
import { identitySettings, validationSettings } from "./settings.js";
import type { Surroundings } from "./surroundings.js";
import { endedAccessTokens, endedSessions, expiredInvites, upkeep } from "./upkeep.js";

export interface IdentityParts {
  readonly configuration: Configuration;
  readonly options: IdentityOptions;
  readonly around: Surroundings;
  readonly delivery: Delivery;
  readonly homeserverKeys: HomeserverKeys;
  readonly homeservers: Homeservers;
  readonly metrics: Metrics | undefined;
}

export const identityService = async (parts: IdentityParts): Promise<Service> => {
  const { configuration, options, around, delivery } = parts;
  const connection = openServersDatabase(options, identityMigrations, around);
  const storage = sqliteIdentityStorage(connection);
  await storage.lookupHashes.establish(newPepper(around.random), around.clock.now());
  const settings = identitySettings(options);
  const sessions = validation(
    { sessions: storage.validationSessions, ...delivery, ...around },
    validationSettings(options, configuration),
  );
  const outbox = identityOutbox({ ...parts, storage, courier: delivery.courier });
  const ports = {
    storage,
    validation: sessions,
    keyring: await openKeyring({ signingKeys: storage.signingKeys, ...around }),
    homeserverKeys: parts.homeserverKeys,
    homeservers: parts.homeservers,
    wakeOutbox: outbox.wake,
    seenKeys: memorySeenKeys(around.random, options.lookup.remembered_addresses),
    ...around,
  };
  const directory = identityStoreOf(configuration, options, around);
  const known = directory && withStore(storage, { ...ports, store: directory.store }, settings.serverName);
  const handlers = identityHandlers({ ...ports, storage: known ?? storage }, settings);
  const permit = inTurn(allowedPermit(settings), termsPermit(settings.terms, storage.acceptedTerms));
  const policy = protocolPolicy<IdentityRequester>({
    codes: "identity",
    authenticate: identityAuthentication({ ...storage, ...around }, settings.accessTokenLifetimeMs),
    ...(permit === undefined ? {} : { permit }),
    ...around,
    maxBodyBytes: configuration.http.max_body_bytes,
    errorPage: (error, request) => unreadLink(delivery.pages, error, wordingOf(request)),
    logRequests: around.logsRequests,
    ...observing(parts.metrics, "identity"),
  });
  const server = createServer<Operations, IdentityContext>(
    { operations: options.v1.enabled ? operations : withoutV1, requests },
    measuredLookups(handlers, parts.metrics),
    policy,
    configuration.development.check_answers ? { responses } : {},
  );
  const peppers = pepperKeeper({
    ...around,
    rotation: storage.pepperRotation,
    file: options.database,
    rotateAfterMs: settings.lookup.rotatePepperAfterMs,
  });
  const lookups = lookupHolder(storage.lookupHashes, options.lookup.memory_mb, around);
  const sweeps = [
    endedSessions(sessions),
    expiredInvites(storage.invites, around.clock),
    ...endedAccessTokens(storage.accessTokens, settings.accessTokenLifetimeMs, around.clock),
  ];
  const kept = upkeep(sweeps, around.log);
  const { internal } = options;
  const trusted = { associations: storage.associations, bind: binding(ports, settings.serverName) };
  return {
    server,
    storage: sqliteProbe(connection),
    outbox: sqliteOutboxBacklog(connection),
    ...(internal.enabled
      ? {
          internal: internalServer(internalHandlers(trusted, settings), internal, configuration, {
            ...around,
            metrics: parts.metrics,
          }),
        }
      : {}),
    start: () => {
      outbox.start();
      peppers.start();
      lookups.start();
    },
    close: async () => {
      kept.stop();
      await peppers.stop();
      await lookups.stop();
      await outbox.stop();
      await directory?.close();
      connection.close();
    },
  };
};

type Permit = (requester: IdentityRequester, operation: Operation) => void | Promise<void>;

/** All of those that are there; undefined, which costs no request anything, where none is. */
const inTurn = (...permits: readonly (Permit | undefined)[]): Permit | undefined => {
  const asked = permits.filter((it) => it !== undefined);
  if (asked.length === 0) return undefined;
  return async (requester, operation) => {
    for (const permit of asked) await permit(requester, operation);
  };
};

/** With version 1 switched off its paths are unknown. */
const withoutV1 = Object.fromEntries(Object.entries(operations).filter(([, operation]) => !isV1(operation)));

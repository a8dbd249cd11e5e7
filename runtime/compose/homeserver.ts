/** The account side of a homeserver out of its parts. */

import * as clientServer from "../../generated/client-server/handlers.js";
import { responses as clientServerResponses } from "../../generated/client-server/responses.js";
import { responses as clientServerV3Responses } from "../../generated/client-server-v3/responses.js";
import type { RawRequest } from "../../generated/seam/server.js";
import * as serverServer from "../../generated/server-server/handlers.js";
import { responses as serverServerResponses } from "../../generated/server-server/responses.js";
import type { Configuration, HomeserverOptions } from "../config/schema.js";
import { captchaService } from "../federation/captcha-service.js";
import { destinations } from "../federation/destinations.js";
import { identityServers } from "../federation/identity-servers.js";
import { inviteExchanges } from "../federation/invite-exchanges.js";
import { keyValidity } from "../federation/key-validity.js";
import type { OutgoingFetch } from "../federation/outgoing-fetch.js";
import { homeserverCommands } from "../homeserver/commands.js";
import { authentication, permitUnlessLocked } from "../homeserver/domain/access.js";
import { bindingTurns } from "../homeserver/domain/binding-turns.js";
import { housekeeping } from "../homeserver/domain/housekeeping.js";
import { federationHandlers } from "../homeserver/federation/index.js";
import type { HomeserverPorts } from "../homeserver/ports.js";
import { r0Handlers } from "../homeserver/r0/index.js";
import { v3Handlers } from "../homeserver/v3/index.js";
import { createV3Server } from "../homeserver/v3/server.js";
import { joinedServices } from "../http/joined-services.js";
import { protocolPolicy } from "../http/policy.js";
import type { Metrics } from "../observe/metrics.js";
import type { AccountStore, TokenOwner } from "../ports/account-store.js";
import type { Captcha } from "../ports/captcha.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { Rooms } from "../ports/rooms.js";
import type { SigningKey } from "../protocol/ed25519.js";
import type { ProtocolError } from "../protocol/errors.js";
import { passwords } from "../protocol/password.js";
import { openKeyring } from "../signing/keyring.js";
import { homeserverMigrations } from "../storage/migrations/homeserver.js";
import { sqliteAccountStore, sqliteHomeserverStorage } from "../storage/sqlite/homeserver-storage.js";
import { sqliteOutboxBacklog } from "../storage/sqlite/outbox-backlog.js";
import { sqliteProbe } from "../storage/sqlite/probe.js";
import { unreadLink } from "../validation/page.js";
import { validation } from "../validation/validation.js";
import { wordingOf } from "../validation/wording.js";
import { openServersDatabase } from "./database.js";
import type { Delivery } from "./delivery.js";
import { federation } from "./federation.js";
import { hashingThreads } from "./hashing-threads.js";
import { homeserverOutbox } from "./homeserver-outbox.js";
import { observing } from "./measured.js";
import { reach } from "./reach.js";
import type { Service } from "./service.js";
import { homeserverSettings, validationSettings } from "./settings.js";
import type { Surroundings } from "./surroundings.js";
import { endedSessions, upkeep } from "./upkeep.js";

export interface HomeserverParts {
  readonly configuration: Configuration;
  readonly options: HomeserverOptions;
  readonly around: Surroundings;
  readonly delivery: Delivery;
  readonly metrics: Metrics | undefined;
  /** In place of what other homeservers publish. */
  readonly homeserverKeys: HomeserverKeys | undefined;
  /** Undefined where nobody has any. */
  readonly rooms: Rooms | undefined;
  /** Instead of the accounts in the homeserver's own database. */
  readonly accountStore: AccountStore | undefined;
}

/** A homeserver, and the key that it signs requests to other servers with now. */
export interface HomeserverService extends Service {
  readonly signingKey: () => Promise<SigningKey>;
}

const maxAnswerBytes = 1024 * 1024;

export const homeserverService = async (parts: HomeserverParts): Promise<HomeserverService> => {
  const { configuration, options, around, delivery } = parts;
  const connection = openServersDatabase(options, homeserverMigrations, around);
  const storage = sqliteHomeserverStorage(connection);
  const accounts = parts.accountStore ?? sqliteAccountStore(connection);
  const { current: signingKey } = await openKeyring({ ...storage, ...around });
  const sessions = validation(
    { sessions: storage.validationSessions, ...delivery, ...around },
    validationSettings(options, configuration),
  );
  const listed = reach(configuration, around, {
    maxAnswerBytes,
    destinations: destinations([...configuration.network.allow_private, ...hostsListed(options)]),
  });
  const unlisted = reach(configuration, around, { maxAnswerBytes });
  const reached = { fetchListed: listed.fetch, fetchUnlisted: unlisted.fetch };
  const signer = { serverName: options.server_name, signingKey };
  const baseUrls = baseUrlsListed(options);
  const hashing = hashingThreads();
  const others = federation(configuration, [], around);
  const asked = identityServers({
    ...signer,
    ...reached,
    signedFor: signedFor[options.threepid.unbinding.signed_for],
    baseUrls,
  });
  const turns = bindingTurns();
  const outbox = homeserverOutbox({ ...parts, storage, identityServers: asked, bindingTurns: turns });
  const ports: HomeserverPorts = {
    accounts,
    storage,
    validation: sessions,
    identityServers: asked,
    bindingTurns: turns,
    wakeOutbox: outbox.wake,
    homeserverKeys: parts.homeserverKeys ?? others.homeserverKeys,
    rooms: parts.rooms,
    inviteExchanges: inviteExchanges({ ...signer, ask: others.ask }),
    keyValidity: keyValidity({ ...reached, ...around, baseUrls: [...baseUrls.values()] }),
    keyDocuments: others.keyDocuments,
    passwords: passwords(around.random, { concurrency: hashing.concurrency }, hashing.derive),
    captcha: captchaOf(options, listed.fetch, around),
    ...around,
  };
  const settings = homeserverSettings(options, configuration);
  const commands = homeserverCommands(ports, settings);
  const everywhere = {
    codes: "client-server",
    ...around,
    maxBodyBytes: configuration.http.max_body_bytes,
    errorPage: (error: ProtocolError, request: RawRequest) => unreadLink(delivery.pages, error, wordingOf(request)),
    logRequests: around.logsRequests,
  } as const;
  const clients = { ...everywhere, authenticate: authentication({ accounts, ...around }), permit: permitUnlessLocked };
  const checked = <Checks>(responses: Checks) => (configuration.development.check_answers ? { responses } : {});
  const server = joinedServices(
    createV3Server(
      v3Handlers(commands, ports, settings),
      protocolPolicy<TokenOwner>({ ...clients, ...observing(parts.metrics, "homeserver-v3") }),
      checked(clientServerV3Responses),
    ),
    clientServer.createServer(
      r0Handlers(commands, ports, settings),
      protocolPolicy<TokenOwner>({ ...clients, ...observing(parts.metrics, "homeserver-r0") }),
      checked(clientServerResponses),
    ),
    serverServer.createServer(
      federationHandlers(commands, ports, settings),
      protocolPolicy<never>({
        ...everywhere,
        authenticate: () => undefined,
        ...observing(parts.metrics, "federation"),
      }),
      checked(serverServerResponses),
    ),
  );
  const kept = upkeep([endedSessions(sessions), housekeeping({ accounts, ...storage, ...around })], around.log);
  return {
    server,
    storage: sqliteProbe(connection),
    signingKey,
    outbox: sqliteOutboxBacklog(connection),
    start: outbox.start,
    close: async () => {
      kept.stop();
      await outbox.stop();
      await Promise.all([hashing.close(), listed.close(), unlisted.close(), others.close()]);
      connection.close();
    },
  };
};

const signedFor = {
  either: ["destination", "destination_is"],
  destination: ["destination"],
  destination_is: ["destination_is"],
} as const;

/** Identity servers that the operator gave an address for. */
const baseUrlsListed = ({ threepid }: HomeserverOptions): ReadonlyMap<string, string> =>
  new Map(
    threepid.trusted_id_servers.flatMap(({ name, base_url }) =>
      base_url === undefined ? [] : [[name, base_url] as const],
    ),
  );

/** An address that the operator wrote down may be private: it was no stranger's choice. */
const hostsListed = (options: HomeserverOptions): readonly string[] =>
  [...baseUrlsListed(options).values(), ...(options.captcha === undefined ? [] : [options.captcha.verify_url])].map(
    (url) => new URL(url).hostname,
  );

const captchaOf = (
  { captcha }: HomeserverOptions,
  fetch: OutgoingFetch["fetch"],
  { log }: Surroundings,
): Captcha | undefined => {
  // Nothing is served by a configuration without it.
  if (captcha?.secret_key === undefined) return undefined;
  const { public_key: publicKey, secret_key: secretKey, verify_url: verifyUrl, script_url: script, sources } = captcha;
  return captchaService({ publicKey, secretKey, verifyUrl, widget: { script, sources }, fetch, log });
};

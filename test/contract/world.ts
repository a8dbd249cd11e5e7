/** Both servers over real files, a real SMTP sink and a fake text-message gateway; only time is not the machine's. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import * as clientServer from "../../generated/client-server/index.js";
import { responses as clientServerResponses } from "../../generated/client-server/responses.js";
import * as clientServerV3 from "../../generated/client-server-v3/index.js";
import { responses as clientServerV3Responses } from "../../generated/client-server-v3/responses.js";
import * as identityService from "../../generated/identity/index.js";
import { responses as identityResponses } from "../../generated/identity/responses.js";
import type { Server } from "../../generated/seam/server.js";
import * as serverServer from "../../generated/server-server/index.js";
import { responses as serverServerResponses } from "../../generated/server-server/responses.js";
import { administrate, administrateAccounts, compose, type Program, type Urls } from "../../runtime/compose.js";
import type { Homeservers } from "../../runtime/ports/homeservers.js";
import type { Limiter, LimitScope } from "../../runtime/ports/limiter.js";
import type { LogFields, Logger } from "../../runtime/ports/logger.js";
import type { JsonObject } from "../../runtime/protocol/canonical-json.js";
import { type Limits, memoryLimiter } from "../../runtime/storage/memory-limiter.js";
import { sparingLimiter } from "../../runtime/storage/sparing-limiter.js";
import { type IdentityRelay, identityRelay } from "../support/identity-relay.js";
import { type MailSink, mailSink } from "../support/mail-sink.js";
import { type TestRooms, testRooms } from "../support/rooms.js";
import { type SmsGateway, smsGateway } from "../support/sms-gateway.js";
import { type TestHomeserver, testHomeserver } from "../support/test-homeserver.js";
import { testNetwork } from "../support/test-network.js";
import { configurations } from "./configurations.js";
import { Contract, Coverage } from "./contract.js";
import { overHttp } from "./wire.js";

export type IdentityContract = Contract<identityService.OperationId>;
export type FederationContract = Contract<serverServer.OperationId>;
export type HomeserverContract = Contract<clientServer.OperationId>;
export type HomeserverV3Contract = Contract<clientServerV3.OperationId>;

/** A notice of a binding, as a homeserver got it. */
export interface Told {
  readonly server: string;
  readonly body: JsonObject;
}

export interface World {
  readonly identity: IdentityContract;
  /** The same service with version 1 switched off. */
  readonly withoutV1: IdentityContract;
  /** Version 1 that neither binds nor invites in anybody's name. */
  readonly guardedV1: IdentityContract;
  /** The same service with terms of service, and users who did not accept them. */
  readonly withTerms: IdentityContract;
  /** The same service for the users of `knownHomeserver` alone, version 1 included. */
  readonly restricted: IdentityContract;
  /** Validates addresses itself, and says what it knows. */
  readonly homeserver: HomeserverContract;
  /** Leaves validating to identity servers, takes no guests, lets only @example.org in. */
  readonly proxying: HomeserverContract;
  /** Validates addresses itself by mailed codes, and conceals what it knows; registration is closed. */
  readonly concealing: HomeserverContract;
  /** The same three homeservers on v3. */
  readonly v3: {
    readonly main: HomeserverV3Contract;
    readonly proxying: HomeserverV3Contract;
    readonly concealing: HomeserverV3Contract;
    /** One more: there are no phone numbers, and the addresses of accounts stay as they are. */
    readonly fixed: HomeserverV3Contract;
  };
  /** The same three as other servers meet them: `proxying` delegates to no other place. */
  readonly federation: {
    readonly main: FederationContract;
    readonly proxying: FederationContract;
    readonly concealing: FederationContract;
  };
  /** The rooms of the main homeserver; no other one has any. */
  readonly rooms: TestRooms;
  /** Another homeserver, which is found by its name, publishes its keys, and issues what it is asked to. */
  readonly other: TestHomeserver;
  /** The two main servers over real connections. */
  readonly wire: {
    readonly identity: IdentityContract;
    readonly homeserver: HomeserverContract;
    readonly homeserverV3: HomeserverV3Contract;
    readonly federation: FederationContract;
  };
  readonly mail: MailSink;
  readonly sms: SmsGateway;
  /** Under `identityName` for the homeservers. */
  readonly relay: IdentityRelay;
  /** What homeservers were told of bindings, oldest first. */
  readonly told: readonly Told[];
  /** Where the main servers listen. */
  readonly urls: Urls;
  /** How many rows all tables of the main servers' databases hold together; what is on its way out does not count. */
  storedRows(): number;
  /** Every line that was logged. */
  readonly log: readonly string[];
  /** From here on these limits hold, counted anew; without them none. */
  limit(limits: Limits): void;
  unlimit(): void;
  advance(milliseconds: number): void;
  now(): number;
  /** A text that was not given before: names, secrets, local parts. */
  fresh(prefix: string): string;
  /** A valid British mobile number that was not given before, as dialled at home. */
  freshPhone(): { readonly country: string; readonly phone_number: string; readonly msisdn: string };
  /** Locks an account of the main homeserver. */
  lock(mxid: string): Promise<void>;
  /** An access token of the identity server's version 2. */
  issueToken(mxid: string): Promise<string>;
  close(): Promise<void>;
}

/** Homeservers that take an OpenID token for what is written in it, and one that nobody reaches. */
const homeserversSay = (told: Told[]): Homeservers => ({
  userinfo: async (serverName, token) => {
    if (serverName === "unreachable.example") return { outcome: "unreachable", reason: "nobody is there" };
    const mxid = /^of (@.*)$/.exec(token)?.[1];
    return mxid?.endsWith(`:${serverName}`)
      ? { outcome: "answered", mxid }
      : { outcome: "refused", reason: "it is no token of mine" };
  },
  onbind: async (server, body) => {
    told.push({ server, body });
    return { outcome: "taken" };
  },
});

export const openWorld = async (): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), "threepid-contract-"));
  const [mail, sms, relay, network] = await Promise.all([mailSink(), smsGateway(), identityRelay(), testNetwork()]);
  const other = await testHomeserver(network, "other.test", "name");
  other.intercept = ({ target }) => (target.includes("/exchange_third_party_invite/") ? { status: 200 } : undefined);
  const rooms = testRooms();
  let time = Date.UTC(2026, 0, 2, 3, 4, 5);
  let serial = 0;
  const told: Told[] = [];
  const clock = { now: () => time };
  let limiter: Limiter = memoryLimiter({}, clock);
  const log: string[] = [];
  const write = (level: string) => (message: string, fields?: LogFields) => {
    log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const logger: Logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const around = {
    clock,
    log: logger,
    homeservers: homeserversSay(told),
    dial: network.dial,
    // What one server asks another on this machine counts by the user, and not by the address that both have.
    limiter: sparingLimiter(
      { consume: (scope: LimitScope, key: string, cost?: number) => limiter.consume(scope, key, cost) },
      ["127.0.0.1"],
    ),
  };

  const configured = configurations({ folder, mail, sms, relay, network });
  const program = await compose(configured.main, { ...around, rooms });
  const [v2Only, guarded, bound, restricted, proxying, concealing, fixed] = await Promise.all([
    compose(configured.v2Only, around),
    compose(configured.guarded, around),
    compose(configured.bound, around),
    compose(configured.restricted, around),
    compose(configured.proxying, around),
    compose(configured.concealing, around),
    compose(configured.fixed, around),
  ]);
  const administration = administrate(configured.main, around);
  const accounts = administrateAccounts(configured.main, around);
  const identityCoverage = new Coverage();
  const homeserverCoverage = new Coverage();
  const v3Coverage = new Coverage();
  const federationCoverage = new Coverage();
  const identityBy = (server: Pick<Server, "answer">): IdentityContract =>
    new Contract({ operations: identityService.operations, responses: identityResponses }, server, identityCoverage);
  const identityOver = (from: Program) => identityBy(present(from.services.identity?.server));
  const homeserverBy = (server: Pick<Server, "answer">): HomeserverContract =>
    new Contract({ operations: clientServer.operations, responses: clientServerResponses }, server, homeserverCoverage);
  const homeserverOver = (from: Program) => homeserverBy(present(from.services.homeserver?.server));
  const v3By = (server: Pick<Server, "answer">): HomeserverV3Contract =>
    new Contract({ operations: clientServerV3.operations, responses: clientServerV3Responses }, server, v3Coverage);
  const v3Over = (from: Program) => v3By(present(from.services.homeserver?.server));

  const federationBy = (server: Pick<Server, "answer">): FederationContract =>
    new Contract({ operations: serverServer.operations, responses: serverServerResponses }, server, federationCoverage);
  const federationOver = (from: Program) => federationBy(present(from.services.homeserver?.server));

  relay.serve(present(program.services.identity?.server));
  const urls = await program.listen();
  const fresh = (prefix: string): string => {
    serial += 1;
    return `${prefix}${serial}`;
  };
  return {
    identity: identityOver(program),
    withoutV1: identityOver(v2Only),
    guardedV1: identityOver(guarded),
    withTerms: identityOver(bound),
    restricted: identityOver(restricted),
    homeserver: homeserverOver(program),
    proxying: homeserverOver(proxying),
    concealing: homeserverOver(concealing),
    v3: {
      main: v3Over(program),
      proxying: v3Over(proxying),
      concealing: v3Over(concealing),
      fixed: v3Over(fixed),
    },
    federation: {
      main: federationOver(program),
      proxying: federationOver(proxying),
      concealing: federationOver(concealing),
    },
    rooms,
    other,
    wire: {
      identity: identityBy(overHttp(urls.identity ?? "")),
      homeserver: homeserverBy(overHttp(urls.homeserver ?? "")),
      homeserverV3: v3By(overHttp(urls.homeserver ?? "")),
      federation: federationBy(overHttp(urls.homeserver ?? "")),
    },
    mail,
    sms,
    relay,
    told,
    urls,
    storedRows: () =>
      ["identity.sqlite", "homeserver.sqlite"].reduce((sum, file) => sum + rowsIn(join(folder, file)), 0),
    log,
    limit: (limits) => {
      limiter = memoryLimiter(limits, clock);
    },
    unlimit: () => {
      limiter = memoryLimiter({}, clock);
    },
    advance: (milliseconds) => {
      time += milliseconds;
    },
    now: () => time,
    fresh,
    freshPhone: () => {
      const digits = fresh("").padStart(6, "0");
      return { country: "GB", phone_number: `07400 ${digits}`, msisdn: `447400${digits}` };
    },
    lock: (mxid) => accounts.setLocked(mxid, true),
    issueToken: (mxid) => administration.issueToken(mxid),
    close: async () => {
      administration.close();
      accounts.close();
      for (const open of [fixed, concealing, proxying, restricted, bound, guarded, v2Only, program]) await open.close();
      await Promise.all([mail.close(), sms.close(), relay.close(), network.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const rowsIn = (file: string): number => {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database
      .prepare("select name from sqlite_master where type = 'table' and name <> 'outbox'")
      .pluck()
      .all();
    const counts = tables.map((table) =>
      database
        .prepare(`select count(*) from "${String(table)}"`)
        .pluck()
        .get(),
    );
    return counts.reduce((sum: number, count) => sum + Number(count), 0);
  } finally {
    database.close();
  }
};

const present = (server: Server | undefined): Server => {
  if (server === undefined) throw new Error("the configuration has no such server");
  return server;
};

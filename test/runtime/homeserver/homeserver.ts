/** A homeserver in memory, called through the generated client; what leaves it is faked, or is a real identity server. */

import {
  type ClientServerClient,
  createClientServerClient,
  createServer,
  type RegisterRequest,
} from "../../../generated/client-server/index.js";
import { responses } from "../../../generated/client-server/responses.js";
import { createClientServerV3Client } from "../../../generated/client-server-v3/index.js";
import { responses as responsesV3 } from "../../../generated/client-server-v3/responses.js";
import { homeserverCommands } from "../../../runtime/homeserver/commands.js";
import { authentication, permitUnlessLocked } from "../../../runtime/homeserver/domain/access.js";
import { bindingTurns } from "../../../runtime/homeserver/domain/binding-turns.js";
import type { HomeserverPorts } from "../../../runtime/homeserver/ports.js";
import { r0Handlers } from "../../../runtime/homeserver/r0/index.js";
import type { HomeserverSettings } from "../../../runtime/homeserver/settings.js";
import { v3Handlers } from "../../../runtime/homeserver/v3/index.js";
import { createV3Server } from "../../../runtime/homeserver/v3/server.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { protocolPolicy } from "../../../runtime/http/policy.js";
import type { AccountStore } from "../../../runtime/ports/account-store.js";
import type { Captcha } from "../../../runtime/ports/captcha.js";
import type { HomeserverStorage } from "../../../runtime/ports/homeserver-storage.js";
import type { IdentityServers } from "../../../runtime/ports/identity-servers.js";
import type { Rooms } from "../../../runtime/ports/rooms.js";
import { type Passwords, passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { homeserverMigrations } from "../../../runtime/storage/migrations/homeserver.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteAccountStore, sqliteHomeserverStorage } from "../../../runtime/storage/sqlite/homeserver-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { validation } from "../../../runtime/validation/validation.js";
import { fakeClock, fakeCourier, fakeLimiter, fakeLogger, fakePages, fakeSms } from "../fakes.js";

export const serverName = "example.org";
export const baseUrl = "https://matrix.example.org";

/** What a test may change about the defaults. */
export interface Changes {
  readonly wellKnown?: Partial<HomeserverSettings["wellKnown"]>;
  readonly registration?: Partial<HomeserverSettings["registration"]>;
  readonly terms?: HomeserverSettings["terms"];
  readonly passwords?: Partial<HomeserverSettings["passwords"]>;
  readonly captcha?: Captcha;
  readonly hashing?: Passwords;
  readonly threepids?: Partial<HomeserverSettings["threepids"]>;
  readonly trusted?: HomeserverSettings["trustedIdentityServers"];
  readonly identityServers?: IdentityServers;
  readonly rooms?: Rooms;
  readonly tokens?: Partial<HomeserverSettings["tokens"]>;
  readonly maxDevices?: number;
  /** Accounts that are kept elsewhere than in the homeserver's database. */
  readonly accountStore?: AccountStore;
}

const unreachable = async () => ({ outcome: "unreachable", reason: "a test without other servers" }) as const;

export const nobody: IdentityServers = {
  requestEmailToken: unreachable,
  requestMsisdnToken: unreachable,
  submitToken: unreachable,
  getValidated3pid: unreachable,
  bind: unreachable,
  unbind: unreachable,
  lookup: unreachable,
  storeInvite: unreachable,
  publicKey: unreachable,
};

const settingsWith = ({
  wellKnown,
  registration,
  terms,
  passwords,
  tokens,
  maxDevices,
  threepids,
  trusted,
}: Changes): HomeserverSettings => ({
  serverName,
  publicBaseUrl: baseUrl,
  wellKnown: { server: undefined, identityServer: undefined, support: undefined, ...wellKnown },
  registration: {
    users: true,
    guests: true,
    flows: [["m.login.dummy"], ["m.login.email.identity"], ["m.login.msisdn"]],
    exclusiveNamespaces: ["_irc_*"],
    ...registration,
  },
  terms: terms ?? new Map(),
  passwords: { minimumLength: 8, requiredCharacters: [], ...passwords },
  tokens: { accessLifetimeMs: 60_000, refreshLifetimeMs: undefined, ...tokens },
  maxDevices: maxDevices ?? 100,
  threepids: {
    changes: true,
    email: { enabled: true, validatedBy: "homeserver", proof: "link" },
    msisdn: { enabled: true, validatedBy: "homeserver" },
    allow: [],
    deny: ["*@denied.example", "4930*"],
    whetherKnown: "state",
    ...threepids,
  },
  trustedIdentityServers: trusted ?? [],
});

export type Homeserver = ReturnType<typeof homeserver>;

export const homeserver = (changes: Changes = {}) => {
  const settings = settingsWith(changes);
  const connection = openSqlite(":memory:");
  const clock = fakeClock();
  migrate(connection, [...baseMigrations, ...homeserverMigrations], clock.now());
  const storage: HomeserverStorage = sqliteHomeserverStorage(connection);
  const accounts = changes.accountStore ?? sqliteAccountStore(connection);
  const courier = fakeCourier();
  const sms = fakeSms();
  const limiter = fakeLimiter();
  const log = fakeLogger();
  const random = systemRandom;
  const sessions = validation({
    sessions: storage.validationSessions,
    courier,
    sms,
    pages: fakePages,
    clock,
    random,
    limiter,
  });
  const turns = bindingTurns();
  const observed = new Set<string>();
  const ports: HomeserverPorts = {
    accounts,
    storage,
    validation: sessions,
    identityServers: changes.identityServers ?? nobody,
    homeserverKeys: { publicKey: async () => undefined },
    rooms: changes.rooms,
    inviteExchanges: { exchange: unreachable },
    keyValidity: { ask: async () => "unreachable" },
    keyDocuments: { last: async () => undefined },
    bindingTurns: turns,
    wakeOutbox: () => undefined,
    limiter,
    clock,
    log,
    random,
    captcha: changes.captcha,
    // As cheap as scrypt gets: these tests are not about its cost.
    passwords: changes.hashing ?? passwords(random, { cost: { logN: 4, r: 8, p: 1 }, concurrency: 4, queue: 1000 }),
  };
  const commands = homeserverCommands(ports, settings);
  const policy = protocolPolicy({
    codes: "client-server",
    authenticate: authentication({ accounts, clock }),
    permit: permitUnlessLocked,
    log,
    limiter,
    observe: ({ exchange, status }) => observed.add(`${exchange.operation?.id} ${status}`),
  });
  const fetch = inProcess(createServer(r0Handlers(commands, ports, settings), policy, { responses }));
  const client = createClientServerClient({ baseUrl, fetch, retries: 0 });
  const fetchV3 = inProcess(createV3Server(v3Handlers(commands, ports, settings), policy, { responses: responsesV3 }));
  const v3 = createClientServerV3Client({ baseUrl, fetch: fetchV3, retries: 0 });
  /** Gives an account a second device. */
  const logInElsewhere = async (mxid: string, accessHash: string): Promise<void> => {
    const tokens = { accessHash, expiresAt: undefined, refresh: undefined };
    const passwordHash = (await accounts.find(mxid))?.passwordHash;
    await accounts.openSession({
      mxid,
      passwordHash,
      session: { deviceId: "OTHER", displayName: undefined, tokens },
      at: 1,
      maxDevices: 100,
    });
  };
  const close = () => connection.close();
  return {
    client,
    v3,
    fetchV3,
    fetch,
    accounts,
    storage,
    clock,
    courier,
    sms,
    limiter,
    log,
    turns,
    observed,
    settings,
    logInElsewhere,
    close,
  };
};

export const password = "correct horse battery";

/** Opens an interactive session for a request, and answers its name. */
export const sessionOf = async (
  answer: Promise<{ readonly status: number; readonly body: unknown }>,
): Promise<string> => {
  const { status, body } = await answer;
  if (status !== 401 || typeof body !== "object" || body === null || !("session" in body)) {
    throw new Error(`no session was offered: ${status} ${JSON.stringify(body)}`);
  }
  return String(body.session);
};

/** Registers through m.login.dummy and answers the account's token and device. */
export const registerUser = async ({ client }: { readonly client: ClientServerClient }, username: string) => {
  const request: RegisterRequest = { username, password };
  const session = await sessionOf(client.register({ body: request }));
  const body = await client.orThrow.register({ body: { ...request, auth: { type: "m.login.dummy", session } } });
  const { user_id: mxid, access_token: accessToken = "", device_id: deviceId = "" } = body;
  return { mxid, accessToken, deviceId };
};

/** The link of the newest mail, and what it holds. */
export const mailedLink = ({ courier }: Pick<Homeserver, "courier">) => {
  const mail = courier.sent.at(-1);
  if (mail?.purpose !== "email-validation") throw new Error("no mail with a link was sent");
  return { url: mail.link, query: Object.fromEntries(new URL(mail.link).searchParams) };
};

/** Opens the newest mail's link as a browser does. */
export const openLink = async (server: Homeserver): Promise<Response> => {
  const { url } = mailedLink(server);
  const fetch = url.includes("/client/v3/") ? server.fetchV3 : server.fetch;
  return fetch(url, { redirect: "manual" });
};

export type Purpose = "Register" | "ResetPassword" | "3PID";

const emailOperations = {
  Register: "requestTokenToRegisterEmail",
  ResetPassword: "requestTokenToResetPasswordEmail",
  "3PID": "requestTokenTo3PIDEmail",
} as const;

/** Has an address validated by the homeserver for a purpose, and answers the session as credentials. */
export const validatedEmail = async (server: Homeserver, purpose: Purpose, email: string, clientSecret: string) => {
  const body = { email, client_secret: clientSecret, send_attempt: 1 };
  const { sid } = await server.client.orThrow[emailOperations[purpose]]({ body });
  const opened = await openLink(server);
  if (opened.status !== 200) throw new Error(`the link was answered ${opened.status}`);
  return { sid, client_secret: clientSecret };
};

/** Puts an email address on an account. */
export const addEmail = async (server: Homeserver, accessToken: string, email: string): Promise<void> => {
  const creds = await validatedEmail(server, "3PID", email, `add.${email.replace("@", ".")}`);
  await server.client.orThrow.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
};

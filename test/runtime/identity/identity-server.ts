/** A whole identity server in memory: real handlers, real validators, real SQLite; only what leaves the machine is faked. */

import { createIdentityClient, createServer, type IdentityClient } from "../../../generated/identity/index.js";
import { responses } from "../../../generated/identity/responses.js";
import type { Server } from "../../../generated/seam/server.js";
import { defaultOutboxSettings, outboxWorker } from "../../../runtime/delivery/outbox-worker.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { protocolPolicy } from "../../../runtime/http/policy.js";
import { identityAuthentication, issueAccessToken } from "../../../runtime/identity/access-tokens.js";
import type { IdentityContext, IdentityRequester } from "../../../runtime/identity/context.js";
import { identityHandlers } from "../../../runtime/identity/index.js";
import { inviteMailKind, inviteMailSender, inviteMailStands } from "../../../runtime/identity/invite-mail.js";
import { onbindKind, onbindSender, onbindStands } from "../../../runtime/identity/onbind.js";
import type { IdentitySettings } from "../../../runtime/identity/settings.js";
import { termsPermit } from "../../../runtime/identity/terms.js";
import type { Mail } from "../../../runtime/ports/courier.js";
import type { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import type { Homeservers, OnbindAnswer, UserinfoAnswer } from "../../../runtime/ports/homeservers.js";
import type { IdentityStorage } from "../../../runtime/ports/identity-storage.js";
import type { LimitScope } from "../../../runtime/ports/limiter.js";
import type { Logger } from "../../../runtime/ports/logger.js";
import type { Sms } from "../../../runtime/ports/sms.js";
import type { JsonObject } from "../../../runtime/protocol/canonical-json.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { type Keyring, openKeyring } from "../../../runtime/signing/keyring.js";
import { memorySeenKeys } from "../../../runtime/storage/memory-seen-keys.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { validation } from "../../../runtime/validation/validation.js";
import { fakePages } from "../fakes.js";

/** A line of level error means that a handler failed: no test here wants that. */
const failed = (message: string, fields?: object): never => {
  throw new Error(`${message} ${JSON.stringify(fields)}`);
};
const ignored = (): undefined => undefined;
const log: Logger = { debug: ignored, info: ignored, warn: ignored, error: failed };

export const serverName = "id.example.org";
export const publicBaseUrl = "https://id.example.org";

export interface TestServer {
  readonly client: IdentityClient;
  fetch(request: Request): Promise<Response>;
  readonly answer: Server["answer"];
  readonly storage: IdentityStorage;
  readonly keyring: Keyring;
  readonly mails: Mail[];
  readonly texts: Sms[];
  /** What the limiter was asked, as `scope key`, with the cost where it is not 1. */
  readonly consumed: string[];
  /** Scopes whose allowance is used up. */
  readonly exhausted: Set<LimitScope>;
  /** What homeservers publish, by `server keyId`. */
  readonly homeserverKeys: Map<string, string>;
  /** What homeservers say of OpenID tokens, by `server token`. */
  readonly openIdAnswers: Map<string, UserinfoAnswer>;
  /** What homeservers were told of bindings, when the test had it told. */
  readonly onbinds: readonly { readonly server: string; readonly body: JsonObject }[];
  /** What homeservers answer to that from now on; at first they take it. */
  answerOnbind(answer: OnbindAnswer): void;
  /** Sends what is due of the invites' mails; answers how many were taken up. */
  mailInvites(): Promise<number>;
  /** Sends what is due of the notices; answers how many were taken up. */
  tellHomeservers(): Promise<number>;
  /** Which homeservers were asked for a key. */
  readonly asked: string[];
  /** How often it was said that a mail of an invite waits. */
  readonly woken: () => number;
  fail(error: DeliveryError | undefined): void;
  advance(milliseconds: number): void;
  now(): number;
  issueToken(mxid: string): Promise<string>;
  close(): void;
}

export const testServer = async (changed: Partial<IdentitySettings> = {}): Promise<TestServer> => {
  const settings: IdentitySettings = {
    serverName,
    publicBaseUrl,
    v1: { enabled: true, bindAnyMxid: true, inviteAsAnySender: true },
    webClientUrl: "https://app.example.org",
    maxAccessTokens: 50,
    terms: new Map(),
    lookup: { maxAddresses: 10_000 },
    invites: { shownCharacters: 3, blocked: { homeservers: [], rooms: [], keywords: [] } },
    ...changed,
  };
  let time = Date.UTC(2026, 0, 2);
  let failure: DeliveryError | undefined;
  let woken = 0;
  const mails: Mail[] = [];
  const texts: Sms[] = [];
  const consumed: string[] = [];
  const exhausted = new Set<LimitScope>();
  const keys = new Map<string, string>();
  const asked: string[] = [];
  const openIdAnswers = new Map<string, UserinfoAnswer>();
  const onbinds: { server: string; body: JsonObject }[] = [];
  let onbindAnswer: OnbindAnswer = { outcome: "taken" };

  const connection = openSqlite(":memory:");
  migrate(connection, [...baseMigrations, ...identityMigrations], time);
  const storage = sqliteIdentityStorage(connection);
  const clock = { now: () => time };
  const random = systemRandom;
  await storage.lookupHashes.establish("pepper0", time);
  const keyring = await openKeyring({ signingKeys: storage.signingKeys, random, clock });
  const limiter = {
    consume: async (scope: LimitScope, key: string, cost = 1) => {
      if (cost > 0) consumed.push(`${scope} ${key}${cost === 1 ? "" : ` ${cost}`}`);
      return { allowed: !exhausted.has(scope), retryAfterMs: exhausted.has(scope) ? 1500 : 0 };
    },
  };
  const courier = {
    send: async (mail: Mail) => {
      if (failure !== undefined) throw failure;
      mails.push(mail);
    },
    close: async () => undefined,
  };
  const sms = {
    send: async (text: Sms) => {
      if (failure !== undefined) throw failure;
      texts.push(text);
    },
    close: async () => undefined,
  };
  const homeserverKeys = {
    publicKey: async (server: string, keyId: string) => {
      asked.push(server);
      return keys.get(`${server} ${keyId}`);
    },
  };
  const homeservers: Homeservers = {
    userinfo: async (name, token) =>
      openIdAnswers.get(`${name} ${token}`) ?? { outcome: "refused", reason: "it is no token of mine" },
    onbind: async (name, body) => {
      onbinds.push({ server: name, body });
      return onbindAnswer;
    },
  };
  const quiet = { ...log, error: ignored };
  const outbox = { outbox: storage.outbox, clock, random, log: quiet };
  const mailing = outboxWorker({
    ...outbox,
    kind: inviteMailKind,
    send: inviteMailSender(courier),
    stands: inviteMailStands({ ...storage, clock }),
  });
  const telling = outboxWorker(
    {
      ...outbox,
      kind: onbindKind,
      send: onbindSender({ ...storage, homeservers, clock, log: quiet }),
      stands: onbindStands(storage),
    },
    { ...defaultOutboxSettings, maxAttempts: Number.POSITIVE_INFINITY, maxAgeMs: 14 * 24 * 3_600_000 },
  );
  const sessions = validation({
    sessions: storage.validationSessions,
    courier,
    sms,
    pages: fakePages,
    clock,
    random,
    limiter,
  });
  const handlers = identityHandlers(
    {
      storage,
      validation: sessions,
      keyring,
      homeserverKeys,
      homeservers,
      limiter,
      seenKeys: memorySeenKeys(random, 100_000),
      clock,
      random,
      wakeOutbox: (kind) => {
        if (kind === "invite-mail") woken += 1;
      },
    },
    settings,
  );
  const permit = termsPermit(settings.terms, storage.acceptedTerms);
  const policy = protocolPolicy<IdentityRequester>({
    codes: "identity",
    authenticate: identityAuthentication({ ...storage, clock }, settings.accessTokenLifetimeMs),
    ...(permit === undefined ? {} : { permit }),
    log,
  });
  const server = createServer<IdentityContext>(handlers, policy, { responses });
  const fetch = inProcess(server);

  return {
    answer: server.answer,
    client: createIdentityClient({ baseUrl: publicBaseUrl, fetch, retries: 0 }),
    fetch,
    storage,
    keyring,
    mails,
    texts,
    consumed,
    exhausted,
    homeserverKeys: keys,
    openIdAnswers,
    onbinds,
    answerOnbind: (answer) => {
      onbindAnswer = answer;
    },
    mailInvites: mailing.runDue,
    tellHomeservers: telling.runDue,
    asked,
    woken: () => woken,
    fail: (error) => {
      failure = error;
    },
    advance: (milliseconds) => {
      time += milliseconds;
    },
    now: () => time,
    issueToken: (mxid) =>
      issueAccessToken({ accessTokens: storage.accessTokens, random, clock }, mxid, settings.maxAccessTokens),
    close: () => connection.close(),
  };
};

/** The query of the link in the newest mail. */
export const mailedLink = ({ mails }: TestServer): { url: string; query: Record<string, string> } => {
  const mail = mails.at(-1);
  if (mail?.purpose !== "email-validation") throw new Error("no validation mail was sent");
  return { url: mail.link, query: Object.fromEntries(new URL(mail.link).searchParams) };
};

/** A session that has proven this email address. */
export const validatedSession = async (
  server: TestServer,
  email: string,
  clientSecret = "a_secret",
): Promise<{ sid: string; client_secret: string }> => {
  const body = { email, client_secret: clientSecret, send_attempt: 1 };
  const { sid } = await server.client.orThrow.emailRequestToken({ body });
  const { token = "" } = mailedLink(server).query;
  await server.client.orThrow.emailSubmitTokenPost({ body: { sid, client_secret: clientSecret, token } });
  return { sid, client_secret: clientSecret };
};

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../runtime/compose/database.js";
import { type AccountAdministration, administrateAccounts } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { unbindKind } from "../../../runtime/homeserver/domain/unbinding.js";
import type { AccountKind, AccountStore } from "../../../runtime/ports/account-store.js";
import type { HomeserverStorage } from "../../../runtime/ports/homeserver-storage.js";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { homeserverMigrations } from "../../../runtime/storage/migrations/homeserver.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteAccountStore, sqliteHomeserverStorage } from "../../../runtime/storage/sqlite/homeserver-storage.js";

const now = Date.UTC(2026, 0, 2);
const alice = "@alice:example.org";
const guest = "@1:example.org";
const email = { medium: "email", address: "alice@example.org" } as const;
const closed = /"@alice:example\.org" was closed, for ever/;
const unknown = /there is no account "@nobody:example\.org"; `threepid accounts list` shows who has one/;

let folder: string;
let administration: AccountAdministration;
let connection: SqliteConnection;
let accounts: AccountStore;
let storage: HomeserverStorage;

const add = (mxid: string, kind: AccountKind) => {
  const tokens = { accessHash: `access ${mxid}`, expiresAt: undefined, refresh: undefined };
  const session = { deviceId: "PHONE", displayName: undefined, tokens };
  const threepids = kind === "user" ? [{ ...email, validatedAt: 1, addedAt: now }] : [];
  return accounts.create({ mxid, kind, passwordHash: undefined, createdAt: now, session, threepids });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "threepid-accounts-"));
  const database = join(folder, "homeserver.sqlite");
  const configuration = parseConfiguration(
    `\
homeserver:
  server_name: example.org
  public_base_url: http://localhost
  database: ${database}
  passwords: { require: [symbol, digit, uppercase] }
log: { level: silent }
`,
    "test.yaml",
  );
  openDatabase(database, homeserverMigrations, now).close();
  administration = administrateAccounts(configuration, { clock: { now: () => now } });
  connection = openSqlite(database);
  accounts = sqliteAccountStore(connection);
  storage = sqliteHomeserverStorage(connection);
  await add(alice, "user");
  await add(guest, "guest");
});
afterEach(() => {
  administration.close();
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

const isLoggedIn = async (mxid = alice) => (await accounts.useAccessToken(`access ${mxid}`, now)) !== undefined;
const isPassword = async (password: string) => {
  const account = await accounts.find(alice);
  return (await passwords(systemRandom).verify(password, account?.passwordHash)).matches;
};
const unbindings = () =>
  storage.outbox.claim({ kind: unbindKind, now, leaseMs: 1, limit: 10, first: ["unsure"], lease: "test" });

describe("showing an account", () => {
  it("tells what it accepted, in which version and when, and its addresses", async () => {
    await storage.acceptedPolicies.record(alice, [{ policy: "privacy", version: "1.2" }], now + 1);
    expect(await administration.show(alice)).toEqual({
      mxid: alice,
      kind: "user",
      state: "active",
      createdAt: now,
      threepids: [{ ...email, validatedAt: 1, addedAt: now }],
      policies: [{ policy: "privacy", version: "1.2", acceptedAt: now + 1 }],
    });
    await expect(administration.show("@nobody:example.org")).rejects.toThrow(unknown);
  });
});

describe("setting a password", () => {
  it("logs devices out unless they are to stay, and ends resets that are under way", async () => {
    await storage.validationSessions.resumeOrOpen(
      {
        ...email,
        destination: email.address,
        sid: "s",
        clientSecret: "c",
        token: "t",
        nextLink: undefined,
        createdAt: 1,
      },
      { expiredBefore: 0, maxWrongTokens: 5 },
    );
    await storage.validationPurposes.assign("s", "password", 1);
    expect(await administration.setPassword(alice, "First password 1!", "keep")).toBe("First password 1!");
    expect([await isPassword("First password 1!"), await isLoggedIn()]).toEqual([true, true]);
    expect(await storage.validationSessions.find("s")).toBeUndefined();
    await administration.setPassword(alice, "Second password 2!", "log-out");
    expect([await isPassword("Second password 2!"), await isLoggedIn()]).toEqual([true, false]);
  });

  it("makes up one that keeps the rules, and another one each time", async () => {
    const first = await administration.setPassword(alice, undefined, "log-out");
    expect(first).toMatch(/^(?:[0-9A-Za-z]{6}-){3}[0-9A-Za-z]{6}$/);
    expect(await isPassword(first)).toBe(true);
    expect(await administration.setPassword(alice, undefined, "log-out")).not.toBe(first);
  });

  it("is refused for a weak one, a guest, and an account that is not there, or no more", async () => {
    const set = (mxid: string, password = "Good enough 1!") => administration.setPassword(mxid, password, "log-out");
    await expect(set(alice, "short")).rejects.toThrow(/^this password cannot be set\. A password needs at least 8 /);
    await expect(set(guest)).rejects.toThrow(/is a guest, who has no password$/);
    await expect(set("@nobody:example.org")).rejects.toThrow(unknown);
    expect(await isLoggedIn()).toBe(true);
    await administration.deactivate(alice, false);
    await expect(set(alice)).rejects.toThrow(closed);
  });
});

describe("deactivating", () => {
  const binding = { ...email, mxid: alice, idServer: "id.example.org" };
  beforeEach(async () => {
    await storage.recordedBindings.record(binding, 9);
    await storage.acceptedPolicies.record(alice, [{ policy: "privacy", version: "1.2" }], now);
  });

  it("takes everything but the name, and leaves bindings to be taken back", async () => {
    expect(await administration.deactivate(alice, false)).toBe(1);
    expect(await administration.show(alice)).toMatchObject({
      state: "deactivated",
      threepids: [],
      policies: [{ policy: "privacy" }],
    });
    expect([await isLoggedIn(), await storage.recordedBindings.list(alice)]).toEqual([false, []]);
    expect(await unbindings()).toMatchObject([
      { destination: "id.example.org", payload: { ...email, mxid: alice, id_server: "id.example.org" } },
    ]);
    await expect(administration.deactivate(alice, false)).rejects.toThrow(closed);
  });

  it("leaves to be taken back what was bound until the very moment, too", async () => {
    connection.database.exec(`
      CREATE TRIGGER late AFTER UPDATE OF deactivated_at ON accounts BEGIN
        INSERT INTO account_bindings (mxid, medium, address, id_server)
        VALUES (new.mxid, 'email', 'alice@example.org', 'late.example.org');
      END`);
    expect(await administration.deactivate(alice, false)).toBe(2);
    expect(await storage.recordedBindings.list(alice)).toEqual([]);
    expect((await unbindings()).map(({ destination }) => destination).toSorted()).toEqual([
      "id.example.org",
      "late.example.org",
    ]);
  });

  it("forgets what was accepted where as much as can be is to be forgotten", async () => {
    await administration.deactivate(alice, true);
    expect((await administration.show(alice)).policies).toEqual([]);
  });

  it("closes a guest's account, and nothing where there is none", async () => {
    expect(await administration.deactivate(guest, false)).toBe(0);
    expect(await isLoggedIn(guest)).toBe(false);
    await expect(administration.deactivate("@nobody:example.org", true)).rejects.toThrow(unknown);
    expect(await unbindings()).toEqual([]);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { IdentityStorage } from "../../../runtime/ports/identity-storage.js";
import { lookupDigest } from "../../../runtime/protocol/lookup-hash.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { identityStorageContract } from "./identity-contract.js";

const storageOver = (connection: SqliteConnection): IdentityStorage => {
  migrate(connection, [...baseMigrations, ...identityMigrations], 0);
  return sqliteIdentityStorage(connection);
};

identityStorageContract("SQLite", () => {
  const connection = openSqlite(":memory:");
  return { storage: storageOver(connection), close: () => connection.close() };
});

describe("an identity database file", () => {
  const folder = mkdtempSync(join(tmpdir(), "identity-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what was committed when it is opened again", async () => {
    const file = join(folder, "identity.sqlite");
    const alice = { medium: "email", address: "alice@example.org" } as const;
    const bound = { ...alice, mxid: "@a:example.org", ts: 1, notBefore: 1, notAfter: 2, signatures: {} };
    const first = openSqlite(file);
    await storageOver(first).associations.bind(bound);
    first.close();
    const second = openSqlite(file);
    expect(await storageOver(second).associations.find(alice)).toEqual(bound);
    second.close();
  });

  it("forgets, with an erased threepid, the mails that waited before entries of the outbox named their address", async () => {
    const connection = openSqlite(join(folder, "former.sqlite"));
    const all = [...baseMigrations, ...identityMigrations];
    const isFormer = ({ name }: (typeof all)[number]) => name < "base/0005" || /^identity\/000[1-8]/.test(name);
    migrate(connection, all.filter(isFormer), 0);
    const add = connection.database.prepare("INSERT INTO outbox (kind, payload, due_at) VALUES ('invite-mail', ?, 1)");
    for (const to of ["Victim@example.org", "other@example.org"]) add.run(JSON.stringify({ to }));
    const storage = storageOver(connection);
    const threepid = { medium: "email", address: "victim@example.org" } as const;
    expect(await storage.associations.erase(threepid, 5)).toMatchObject({ outboxEntries: 1 });
    expect(connection.database.prepare("SELECT payload FROM outbox").pluck().all()).toEqual([
      JSON.stringify({ to: "other@example.org" }),
    ]);
    connection.close();
  });

  it("holds nothing of an erased threepid that a rotation of the pepper had just come to", async () => {
    const file = join(folder, "rotated.sqlite");
    const connection = openSqlite(file);
    const storage = storageOver(connection);
    await storage.lookupHashes.establish("pepperpepper", 0);
    const victim = "b0099@example.org";
    for (let i = 0; i < 300; i++) {
      const address = `b${String(i).padStart(4, "0")}@example.org`;
      const times = { ts: 1, notBefore: 1, notAfter: 2 };
      await storage.associations.bind({ medium: "email", address, mxid: "@a:example.org", ...times, signatures: {} });
    }
    await storage.pepperRotation.begin("nextpepper", 1);
    await storage.pepperRotation.step(2);
    const comeTo = connection.database.prepare<[], string>("SELECT hashed_address FROM lookup_state").pluck();
    expect(comeTo.get()).toBe(victim);
    await storage.associations.erase({ medium: "email", address: victim }, 5);
    expect(comeTo.get()).toBe("b0098@example.org");
    expect(readFileSync(file, "latin1")).not.toContain(victim);
    while (await storage.pepperRotation.step(6));
    const hashes = ["b0098", "b0299"].map((name) =>
      lookupDigest({ medium: "email", address: `${name}@example.org` }, "nextpepper"),
    );
    const bound = "@a:example.org";
    expect(await storage.lookupHashes.mxidsOf("nextpepper", hashes)).toEqual([bound, bound]);
    connection.close();
  });

  it("holds nothing of a threepid that was erased, beside it neither", async () => {
    const file = join(folder, "erased.sqlite");
    const connection = openSqlite(file);
    const storage = storageOver(connection);
    const pepper = "pepperpepper";
    await storage.lookupHashes.establish(pepper, 0);
    const texts = () =>
      [file, `${file}-wal`].map((path) => (existsSync(path) ? readFileSync(path, "latin1") : "")).join("\n");
    const neighbours = Array.from({ length: 300 }, (_, i) => `neighbour${String(i).padStart(4, "0")}@example.org`);
    const victim = "victim.of.curiosity@example.org";
    for (const address of [...neighbours.slice(0, 150), victim, ...neighbours.slice(150)]) {
      const threepid = { medium: "email", address } as const;
      await storage.invites.store(
        {
          ...threepid,
          token: `token of ${address}`,
          roomId: "!room:example.org",
          sender: "@a:example.org",
          ephemeralPublicKey: `key of ${address}`,
          details: {},
          receivedAt: 1,
        },
        { kind: "invite-mail", payload: { to: address }, dueAt: 0, threepid },
      );
      for (const mxid of ["@a:example.org", "@b:example.org"]) {
        await storage.associations.bind({ ...threepid, mxid, ts: 1, notBefore: 1, notAfter: 2, signatures: {} });
      }
    }
    const hash = lookupDigest({ medium: "email", address: victim }, pepper);
    expect(texts()).toContain(victim);
    expect(texts()).toContain(Buffer.from(hash).toString("latin1"));
    await storage.associations.erase({ medium: "email", address: victim }, 5);
    expect(texts()).not.toContain("victim.of.curiosity");
    expect(texts()).not.toContain(Buffer.from(hash).toString("latin1"));
    expect(texts()).toContain(neighbours[299]);
    connection.close();
    expect(readFileSync(file, "latin1")).not.toContain("victim.of.curiosity");
  });
});

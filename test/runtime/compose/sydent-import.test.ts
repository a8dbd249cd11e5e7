import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../../runtime/compose/database.js";
import { administrateAssociations } from "../../../runtime/compose.js";
import { loadConfiguration } from "../../../runtime/config/load.js";
import { digestOf } from "../../../runtime/import/sydent/tally.js";
import { encodeBase64 } from "../../../runtime/protocol/unpadded-base64.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { sydentFolder } from "../../support/sydent.js";
import { clock, configuration, hour, key, local, move, now, rows, seconds, seed, terms } from "./sydent-move.js";

const moving = move();
const { imported, clientOf, start, stop, out, into } = moving;

describe("importing", () => {
  it("tells what became of every kind of row", async () => {
    const { data, changes } = await imported();
    const tallies = Object.fromEntries(data.map(({ kind, ...tally }) => [kind, tally]));
    const none = {};
    expect(tallies).toEqual({
      signingKeys: { found: 1, changed: 1, leftOut: none },
      lookupPeppers: { found: 1, changed: 1, leftOut: none },
      associations: {
        found: 14,
        changed: 5,
        leftOut: {
          "older than another of the same address": 6,
          unbound: 1,
          "with a user ID or a time that is none": 1,
          "of a medium that is neither email nor msisdn": 1,
        },
      },
      accounts: { found: 3, changed: 0, leftOut: { "without an access token: their users register anew": 1 } },
      accessTokens: { found: 3, changed: 3, leftOut: none },
      acceptedTerms: { found: 1, changed: 1, leftOut: none },
      validationSessions: { found: 5, changed: 4, leftOut: { ended: 1 } },
      invites: { found: 2, changed: 2, leftOut: none },
      ephemeralKeys: { found: 1, changed: 1, leftOut: none },
      peers: { found: 1, changed: 0, leftOut: { "not needed: one server holds all of the data": 1 } },
    });
    expect(changes).toBe(20);
  });

  it("takes the very old form of the key, too", async () => {
    writeFileSync(moving.folder.config, configuration(Buffer.from(seed).toString("hex")));
    await imported();
    const { public_key } = await (await clientOf()).orThrow.getPubKey({ params: { keyId: "ed25519:0" } });
    expect(public_key).toBe(key.publicKey);
  });

  it.each(["delete", "wal"])("leaves the Sydent's files as they are, with its journal mode %s", async (mode) => {
    const database = new Database(moving.folder.database);
    database.pragma(`journal_mode = ${mode}`);
    database.close();
    const before = moving.folder.state();
    await imported();
    expect(moving.folder.state()).toEqual(before);
  });

  it("changes nothing the second time", async () => {
    await imported();
    const bytes = readFileSync(out());
    const again = await imported();
    expect(again.changes).toBe(0);
    expect(again.data.map(({ changed }) => changed)).toEqual(again.data.map(() => 0));
    expect(again.files.map(({ outcome }) => outcome)).toEqual(["unchanged", "unchanged"]);
    expect(readFileSync(out())).toEqual(bytes);
  });

  it("does not bring back what has ended here since", async () => {
    await imported();
    await (await clientOf("alice-token-2")).orThrow.logout();
    const client = await clientOf("alice-token-1");
    const carol = { sid: "41", client_secret: "s41" };
    await client.orThrow.bind({ body: { ...carol, mxid: "@carol:example.org" } });
    const threepid = { medium: "email", address: "carol@example.org" };
    await client.orThrow.unbind({ body: { ...carol, mxid: "@carol:example.org", threepid } });
    await stop();
    expect((await imported()).changes).toBe(0);
    expect((await (await clientOf("alice-token-2")).getAccount()).status).toBe(401);
    const next = await (await clientOf()).orThrow.bind({ body: { ...carol, mxid: "@next:example.org" } });
    expect(next).not.toHaveProperty("invites");
  });

  it("leaves nothing by which an erased address could be guessed, and does not bring it back", async () => {
    await imported();
    const configuration = loadConfiguration(out());
    const administration = administrateAssociations(configuration, { clock });
    expect(await administration.erase("alice@example.org")).toMatchObject({ associations: 1 });
    administration.close();
    const database = new Database(into(), { readonly: true });
    const digests = database.prepare<[], Buffer>("SELECT digest FROM imported_facts").pluck().all();
    database.close();
    expect(digests).not.toHaveLength(0);
    const ts = now - 9 * hour;
    const guess = digestOf("association", "email", "alice@example.org", "@alice:example.org", ts);
    expect(digests.filter((digest) => digest.equals(guess))).toEqual([]);
    expect((await imported()).changes).toBe(0);
    const client = await clientOf();
    expect(await client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } })).toEqual({});
  });

  it("brings over what the Sydent did between a rehearsal for good and the move", async () => {
    await imported();
    moving.folder.write({
      local_threepid_associations: [
        local(1, "email", "alice@example.org", null, now),
        local(11, "email", "frank@example.org", "@frank:example.org", now),
      ],
      tokens: [{ token: "frank-token", user_id: "@frank:example.org" }],
      threepid_validation_sessions: [
        { id: 42, medium: "email", address: "dave@example.org", clientSecret: "s42", validated: 1, mtime: now },
      ],
      invite_tokens: [
        {
          ...{
            id: 1,
            medium: "email",
            address: "Carol@example.org",
            room_id: "!a:example.org",
            sender: "@alice:example.org",
          },
          ...{ token: "waiting", received_ts: seconds(now - hour), sent_ts: seconds(now) },
        },
      ],
    });
    const { changes } = await imported();
    expect(changes).toBe(5);
    const client = await clientOf();
    expect(await client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } })).toEqual({});
    expect(await client.orThrow.getValidated3pid({ query: { sid: "42", client_secret: "s42" } })).toMatchObject({
      validated_at: now,
    });
    const bound = await client.orThrow.bind({ body: { sid: "41", client_secret: "s41", mxid: "@carol:example.org" } });
    expect(bound).not.toHaveProperty("invites");
  });

  it("keeps what an operator has made of the configuration", async () => {
    writeFileSync(out(), "# mine\n");
    const { files } = await imported();
    expect(files.map(({ outcome }) => outcome)).toEqual(["written", "kept"]);
    expect(readFileSync(out(), "utf8")).toBe("# mine\n");
  });

  it("rehearses without a trace, on an empty place and on one that was moved into", async () => {
    const fresh = await imported({ dryRun: true });
    expect(fresh).toMatchObject({ dryRun: true, changes: 20 });
    expect([out(), into(), join(moving.folder.path, "terms.yaml")].filter((path) => existsSync(path))).toEqual([]);
    await imported();
    moving.folder.write({ tokens: [{ token: "another", user_id: "@alice:example.org" }] });
    expect((await imported({ dryRun: true })).changes).toBe(1);
    expect((await imported({ dryRun: true })).changes).toBe(1);
    expect((await (await clientOf("another")).getAccount()).status).toBe(401);
  });

  it("rehearses on a file that stands empty, and on one of ours that nobody has begun to use", async () => {
    openDatabase(into(), [], 0).close();
    writeFileSync(into(), "");
    expect((await imported({ dryRun: true })).changes).toBe(20);
    openDatabase(into(), identityMigrations, 0).close();
    expect((await imported({ dryRun: true })).changes).toBe(20);
  });

  it("makes a pepper where no lookup was ever hashed", async () => {
    moving.replace({ ...rows, hashing_metadata: [] });
    await imported();
    const { lookup_pepper } = await (await clientOf("alice-token-1")).orThrow.getHashDetails();
    expect(lookup_pepper).toMatch(/^[0-9A-Za-z]{32}$/);
  });
});

describe("an import is refused, and writes nothing,", () => {
  const refusedWith = async (want: RegExp, database = moving.folder.database): Promise<void> => {
    await expect(imported({ database })).rejects.toThrow(want);
    expect(existsSync(out())).toBe(false);
  };

  it("into a database that signs with another key", async () => {
    await imported();
    await stop();
    writeFileSync(moving.folder.config, configuration(`ed25519 0 ${encodeBase64(new Uint8Array(32).fill(9))}`));
    await expect(imported()).rejects.toThrow(
      /identity\.sqlite signs with a key of its own \(ed25519:0 \S{43}\), and cannot take over ed25519:0 \S{43}\. What to do: import into a new file with --into, or move this one away\.$/,
    );
  });

  it("from a file that is no database of a Sydent", async () => {
    await refusedWith(/terms\.yml is no SQLite database/, join(moving.folder.path, "terms.yml"));
    await refusedWith(
      /none\.db cannot be opened\. What to do: check that it is there and that this user may read it/,
      join(moving.folder.path, "none.db"),
    );
  });

  it("from another version of its schema", async () => {
    const old = sydentFolder(configuration(), {}, terms);
    try {
      old.write({});
      const database = new Database(old.database);
      database.pragma("user_version = 4");
      database.close();
      await refusedWith(
        /has the schema of another version of Sydent \(4, and not 5\)\. What to do: start the last/,
        old.database,
      );
    } finally {
      old.remove();
    }
  });

  it("from a file that was left in the middle of a write", async () => {
    const database = new Database(moving.folder.database);
    database.pragma("cache_size = 1");
    database.exec("BEGIN; UPDATE tokens SET user_id = user_id || hex(randomblob(20000))");
    const cut = join(moving.folder.path, "cut.db");
    for (const end of ["", "-journal"]) copyFileSync(`${moving.folder.database}${end}`, `${cut}${end}`);
    database.close();
    await refusedWith(/cut\.db was left in the middle of a write\. What to do: start the Sydent and stop it/, cut);
  });

  it("while a server runs on our database, although that writes nothing; a rehearsal goes on beside it", async () => {
    await imported();
    await start();
    await expect(imported()).rejects.toThrow(
      /identity\.sqlite is in use by another process\. What to do: stop the other server/,
    );
    expect((await imported({ dryRun: true })).changes).toBe(0);
    await stop();
    expect((await imported()).changes).toBe(0);
  });

  it("without a key that can be read", async () => {
    writeFileSync(moving.folder.config, configuration("ed25519 0 short"));
    await refusedWith(/sydent\.conf:12: \[crypto\] ed25519\.signingkey holds no ed25519 key; restore it/);
  });

  it("with terms that make no sense", async () => {
    writeFileSync(join(moving.folder.path, "terms.yml"), "docs: { privacy: {} }\n");
    await refusedWith(/terms\.yml:1:9: "docs\.privacy" must have required property 'version'/);
  });
});

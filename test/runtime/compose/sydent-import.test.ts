import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentityClient, type IdentityClient } from "../../../generated/identity/index.js";
import { administrateAssociations, compose, importSydent, type Program } from "../../../runtime/compose.js";
import { loadConfiguration } from "../../../runtime/config/load.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { digestOf } from "../../../runtime/import/sydent/tally.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";
import { signJson, verifyJson } from "../../../runtime/protocol/signed-json.js";
import { encodeBase64, encodeBase64Url } from "../../../runtime/protocol/unpadded-base64.js";
import { type SydentFolder, type SydentRows, sydentFolder } from "../../support/sydent.js";

const seed = new Uint8Array(32).fill(7);
const key = signingKeyOf("ed25519:0", seed);
const elsewhere = signingKeyOf("ed25519:0", new Uint8Array(32).fill(8));
const serverName = "id.example.org";
const now = Date.UTC(2026, 0, 2);
const hour = 3_600_000;
const century = 100 * 365 * 24 * hour;

const terms = `\
master_version: "2"
docs:
  privacy:
    version: "1.0"
    langs:
      en: { name: Privacy, url: "https://id.example.org/privacy" }
`;

const configuration = (signingKey = `ed25519 0 ${encodeBase64(seed)}`): string => `\
[general]
server.name = ${serverName}
terms.path = terms.yml
log.level = CRITICAL
[db]
db.file = sydent.db
[http]
clientapi.http.port = 0
[email]
email.from = Sydent <id@example.org>
[crypto]
ed25519.signingkey = ${signingKey}
`;

/** A row of the local table. */
const local = (id: number, medium: string, address: string, mxid: string | null, ts: number) => ({
  ...{ id, medium, address, mxid, ts, notBefore: ts, notAfter: ts + century },
  lookup_hash: null,
});

/** A row of the global table, signed by whom it came from. */
const global = (id: number, address: string, mxid: string, ts: number, server = serverName, signer = key) => {
  const body = { address, medium: "email", mxid, not_before: ts, not_after: ts + century, ts };
  return {
    ...{ id, medium: "email", address, mxid, ts, notBefore: ts, notAfter: ts + century },
    ...{ originServer: server, originId: id, lookup_hash: null },
    sgAssoc: JSON.stringify(signJson(body, server, signer)),
  };
};

const seconds = (ms: number): number => Math.floor(ms / 1000);
const ephemeral = encodeBase64Url(new Uint8Array(32).fill(251));

const rows: SydentRows = {
  local_threepid_associations: [
    local(1, "email", "alice@example.org", "@alice:example.org", now - 9 * hour),
    // Three spellings of one address, of which the newest counts.
    local(2, "email", "Bob@Example.org", "@bob-old:example.org", now - 8 * hour),
    local(3, "email", "BOB@example.org", "@bob:example.org", now - 6 * hour),
    local(4, "email", "bob@example.org", "@bob-older:example.org", now - 7 * hour),
    local(5, "email", "gone@example.org", null, now - 2 * hour),
    local(6, "msisdn", "447700900123", "@alice:example.org", now - 5 * hour),
    local(7, "email", "Strauß@example.org", "@strauss:example.org", now - 5 * hour),
    local(8, "email", "moved@example.org", "@moved-old:example.org", now - 5 * hour),
    local(9, "email", "odd@example.org", "nobody", now),
    local(10, "carrier-pigeon", "coop 7", "@alice:example.org", now),
  ],
  global_threepid_associations: [
    global(1, "alice@example.org", "@alice:example.org", now - 9 * hour),
    // Unbound since: its row in the other table is newer.
    global(2, "gone@example.org", "@gone:example.org", now - 3 * hour),
    global(3, "moved@example.org", "@moved:example.org", now - 4 * hour, "other.example.org", elsewhere),
    global(4, "moved@example.org", "@moved-older:example.org", now - 6 * hour),
  ],
  hashing_metadata: [{ id: 1, lookup_pepper: "matrixrocks" }],
  accounts: [
    { user_id: "@alice:example.org", created_ts: now - 99 * hour, consent_version: "2" },
    { user_id: "@bob:example.org", created_ts: now - 98 * hour, consent_version: null },
    { user_id: "@idle:example.org", created_ts: now - 97 * hour, consent_version: null },
  ],
  tokens: [
    { token: "alice-token-1", user_id: "@alice:example.org" },
    { token: "alice-token-2", user_id: "@alice:example.org" },
    { token: "bob-token", user_id: "@bob:example.org" },
  ],
  accepted_terms_urls: [{ user_id: "@alice:example.org", url: "https://id.example.org/privacy" }],
  invite_tokens: [
    {
      ...{
        id: 1,
        medium: "email",
        address: "Carol@example.org",
        room_id: "!a:example.org",
        sender: "@alice:example.org",
      },
      ...{ token: "waiting", received_ts: seconds(now - hour), sent_ts: null },
    },
    {
      ...{
        id: 2,
        medium: "email",
        address: "carol@example.org",
        room_id: "!b:example.org",
        sender: "@alice:example.org",
      },
      ...{ token: "delivered", received_ts: seconds(now - 9 * hour), sent_ts: seconds(now - 8 * hour) },
    },
  ],
  ephemeral_public_keys: [{ id: 1, public_key: ephemeral, verify_count: 0, persistence_ts: seconds(now - hour) }],
  threepid_validation_sessions: [
    { id: 41, medium: "email", address: "Carol@example.org", clientSecret: "s41", validated: 1, mtime: now - hour },
    { id: 42, medium: "email", address: "dave@example.org", clientSecret: "s42", validated: 0, mtime: now - hour },
    { id: 43, medium: "msisdn", address: "447700900999", clientSecret: "s43", validated: 0, mtime: now - 2 * hour },
    { id: 44, medium: "email", address: "old@example.org", clientSecret: "s44", validated: 1, mtime: now - 99 * hour },
    { id: 45, medium: "email", address: "erin@example.org", clientSecret: "s45", validated: 1, mtime: now - 30 * hour },
  ],
  threepid_token_auths: [
    { id: 1, validationSession: 42, token: "outdated", sendAttemptNumber: 1 },
    { id: 2, validationSession: 42, token: "token42", sendAttemptNumber: 2 },
    { id: 3, validationSession: 43, token: "123456", sendAttemptNumber: 1 },
  ],
  peers: [{ id: 1, name: "other.example.org", port: 1001, lastSentVersion: 3, active: 1 }],
};

let folder: SydentFolder;
let program: Program | undefined;
beforeEach(() => {
  folder = sydentFolder(configuration(), rows, terms);
});
afterEach(async () => {
  await program?.close();
  program = undefined;
  folder.remove();
});

const clock = { now: () => now };
const out = () => join(folder.path, "threepid.yaml");
const into = () => join(folder.path, "data", "identity.sqlite");

const imported = (more: { readonly dryRun?: boolean; readonly database?: string } = {}) =>
  importSydent({ config: folder.config, out: out(), into: into(), dryRun: false, ...more }, { clock });

/** The server of the configuration that the import wrote. */
const started = async (): Promise<Program["services"]> => {
  program = await compose(loadConfiguration(out()), { clock });
  return program.services;
};

const clientOf = async (accessToken?: string): Promise<IdentityClient> => {
  const { identity } = program?.services ?? (await started());
  if (identity === undefined) throw new Error("there is no identity server");
  const options = { baseUrl: "https://id.example.org", fetch: inProcess(identity.server), retries: 0 };
  return createIdentityClient(accessToken === undefined ? options : { ...options, accessToken });
};

describe("after an import from a Sydent", () => {
  beforeEach(async () => {
    await imported();
  });

  it("the same access tokens open the same accounts, and terms that were accepted are not asked for again", async () => {
    for (const token of ["alice-token-1", "alice-token-2"]) {
      expect(await (await clientOf(token)).orThrow.getAccount()).toEqual({ user_id: "@alice:example.org" });
    }
    const bob = await clientOf("bob-token");
    expect(await bob.getAccount()).toMatchObject({ status: 403, body: { errcode: "M_TERMS_NOT_SIGNED" } });
    await bob.orThrow.agreeToTerms({ body: { user_accepts: ["https://id.example.org/privacy"] } });
    expect(await bob.orThrow.getAccount()).toEqual({ user_id: "@bob:example.org" });
    expect((await (await clientOf("no-token")).getAccount()).status).toBe(401);
  });

  it("version 1 finds the newest of each folded address, with signatures of the key that clients know", async () => {
    const client = await clientOf();
    const { public_key } = await client.orThrow.getPubKey({ params: { keyId: "ed25519:0" } });
    expect(public_key).toBe(key.publicKey);
    const found = async (medium: string, address: string) => client.orThrow.lookupUser({ query: { medium, address } });
    for (const [medium, address, mxid] of [
      ["email", "alice@example.org", "@alice:example.org"],
      ["email", "BOB@EXAMPLE.ORG", "@bob:example.org"],
      ["email", "strauss@example.org", "@strauss:example.org"],
      ["email", "moved@example.org", "@moved:example.org"],
      ["msisdn", "447700900123", "@alice:example.org"],
    ] as const) {
      const body = await found(medium, address);
      expect(body).toMatchObject({ mxid, medium });
      expect(verifyJson(body, serverName, "ed25519:0", public_key)).toBe(true);
    }
    expect(await found("email", "gone@example.org")).toEqual({});
    expect(await found("email", "odd@example.org")).toEqual({});
  });

  it("what another server signed still carries that signature, and ours is the one that was given before", async () => {
    const client = await clientOf();
    const moved = await client.orThrow.lookupUser({ query: { medium: "email", address: "moved@example.org" } });
    expect(verifyJson(moved, "other.example.org", "ed25519:0", elsewhere.publicKey)).toBe(true);
    const alice = await client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } });
    expect(alice).toEqual(JSON.parse(String(rows["global_threepid_associations"]?.[0]?.["sgAssoc"])));
  });

  it("version 2 finds them by the same pepper", async () => {
    const client = await clientOf("alice-token-1");
    const { lookup_pepper } = await client.orThrow.getHashDetails();
    expect(lookup_pepper).toBe("matrixrocks");
    const hashes = ["bob@example.org", "strauss@example.org", "gone@example.org"].map((address) =>
      lookupHash({ medium: "email", address }, lookup_pepper),
    );
    const { mappings } = await client.orThrow.lookupUsersV2({
      body: { algorithm: "sha256", pepper: lookup_pepper, addresses: hashes },
    });
    expect(mappings).toEqual({ [String(hashes[0])]: "@bob:example.org", [String(hashes[1])]: "@strauss:example.org" });
  });

  it("sessions go on under their sids: validated ones stay so, the others take their tokens", async () => {
    const client = await clientOf();
    const proven = await client.orThrow.getValidated3pid({ query: { sid: "41", client_secret: "s41" } });
    expect(proven).toEqual({ medium: "email", address: "carol@example.org", validated_at: now - hour });
    const submit = (token: string) =>
      client.orThrow.emailSubmitTokenPost({ body: { sid: "42", client_secret: "s42", token } });
    expect(await submit("outdated")).toMatchObject({ success: false });
    expect(await submit("token42")).toEqual({ success: true });
    const code = { sid: "43", client_secret: "s43", token: "123456" };
    expect(await client.orThrow.msisdnSubmitTokenPost({ body: code })).toEqual({ success: true });
    const expired = await client.getValidated3pid({ query: { sid: "45", client_secret: "s45" } });
    expect(expired).toMatchObject({ status: 400, body: { errcode: "M_SESSION_EXPIRED" } });
    const forgotten = await client.getValidated3pid({ query: { sid: "44", client_secret: "s44" } });
    expect(forgotten).toMatchObject({ status: 404 });
  });

  it("a session is resumed by its address and secret, and an attempt that was sent is not sent again", async () => {
    const client = await clientOf();
    const body = { email: "dave@example.org", client_secret: "s42", send_attempt: 2 };
    expect(await client.orThrow.emailRequestToken({ body })).toEqual({ sid: "42" });
  });

  it("an invite that waited comes with the bind, one that was delivered is nobody's", async () => {
    const client = await clientOf();
    const bound = await client.orThrow.bind({ body: { sid: "41", client_secret: "s41", mxid: "@carol:example.org" } });
    expect(bound).toMatchObject({ invites: [{ room_id: "!a:example.org", signed: { token: "waiting" } }] });
    expect(JSON.stringify(bound)).not.toContain("!b:example.org");
  });

  it("a key that was made for an invite stays valid, in exactly its spelling", async () => {
    const client = await clientOf();
    const isValid = async (public_key: string) =>
      (await client.orThrow.isEphemeralPubKeyValid({ query: { public_key } })).valid;
    expect(await isValid(ephemeral)).toBe(true);
    expect(await isValid(`${ephemeral}=`)).toBe(false);
    expect(await (await clientOf()).orThrow.isPubKeyValid({ query: { public_key: key.publicKey } })).toEqual({
      valid: true,
    });
  });
});

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
    writeFileSync(folder.config, configuration(Buffer.from(seed).toString("hex")));
    await imported();
    const { public_key } = await (await clientOf()).orThrow.getPubKey({ params: { keyId: "ed25519:0" } });
    expect(public_key).toBe(key.publicKey);
  });

  it.each(["delete", "wal"])("leaves the Sydent's files as they are, with its journal mode %s", async (mode) => {
    const database = new Database(folder.database);
    database.pragma(`journal_mode = ${mode}`);
    database.close();
    const before = folder.state();
    await imported();
    expect(folder.state()).toEqual(before);
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
    await program?.close();
    program = undefined;
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
    folder.write({
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
    expect([out(), into(), join(folder.path, "terms.yaml")].filter((path) => existsSync(path))).toEqual([]);
    await imported();
    folder.write({ tokens: [{ token: "another", user_id: "@alice:example.org" }] });
    expect((await imported({ dryRun: true })).changes).toBe(1);
    expect((await imported({ dryRun: true })).changes).toBe(1);
    expect((await (await clientOf("another")).getAccount()).status).toBe(401);
  });

  it("makes a pepper where no lookup was ever hashed", async () => {
    folder.remove();
    folder = sydentFolder(configuration(), { ...rows, hashing_metadata: [] }, terms);
    await imported();
    const { lookup_pepper } = await (await clientOf("alice-token-1")).orThrow.getHashDetails();
    expect(lookup_pepper).toMatch(/^[0-9A-Za-z]{32}$/);
  });
});

describe("an import is refused, and writes nothing,", () => {
  const refusedWith = async (want: RegExp, database = folder.database): Promise<void> => {
    await expect(imported({ database })).rejects.toThrow(want);
    expect(existsSync(out())).toBe(false);
  };

  it("into a database that signs with another key", async () => {
    await imported();
    await program?.close();
    writeFileSync(folder.config, configuration(`ed25519 0 ${encodeBase64(new Uint8Array(32).fill(9))}`));
    await expect(imported()).rejects.toThrow(
      /identity\.sqlite signs with a key of its own \(ed25519:0 \S{43}\), and cannot take over ed25519:0 \S{43}\. What to do: import into a new file with --into, or move this one away\.$/,
    );
  });

  it("from a file that is no database of a Sydent", async () => {
    await refusedWith(/terms\.yml is no SQLite database/, join(folder.path, "terms.yml"));
    await refusedWith(
      /none\.db cannot be opened\. What to do: check that it is there and that this user may read it/,
      join(folder.path, "none.db"),
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
    const database = new Database(folder.database);
    database.pragma("cache_size = 1");
    database.exec("BEGIN; UPDATE tokens SET user_id = user_id || hex(randomblob(20000))");
    const cut = join(folder.path, "cut.db");
    for (const end of ["", "-journal"]) copyFileSync(`${folder.database}${end}`, `${cut}${end}`);
    database.close();
    await refusedWith(/cut\.db was left in the middle of a write\. What to do: start the Sydent and stop it/, cut);
  });

  it("while a server runs on our database, although that writes nothing; a rehearsal goes on beside it", async () => {
    await imported();
    await started();
    await expect(imported()).rejects.toThrow(
      /identity\.sqlite is in use by another process\. What to do: stop the other server/,
    );
    expect((await imported({ dryRun: true })).changes).toBe(0);
    await program?.close();
    expect((await imported()).changes).toBe(0);
  });

  it("without a key that can be read", async () => {
    writeFileSync(folder.config, configuration("ed25519 0 short"));
    await refusedWith(/sydent\.conf:12: \[crypto\] ed25519\.signingkey holds no ed25519 key; restore it/);
  });

  it("with terms that make no sense", async () => {
    writeFileSync(join(folder.path, "terms.yml"), "docs: { privacy: {} }\n");
    await refusedWith(/terms\.yml:1:9: "docs\.privacy" must have required property 'version'/);
  });
});

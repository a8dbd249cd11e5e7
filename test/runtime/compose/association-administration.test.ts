import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentityClient } from "../../../generated/identity/index.js";
import { openDatabase } from "../../../runtime/compose/database.js";
import {
  type AssociationAdministration,
  administrate,
  administrateAssociations,
  compose,
  type Program,
} from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";

const now = Date.UTC(2026, 0, 2);
const clock = { now: () => now };

let folder: string;
let associations: AssociationAdministration;
let program: Program | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-associations-"));
  openDatabase(join(folder, "identity.sqlite"), identityMigrations, now).close();
  associations = administrateAssociations(configuration(), { clock });
});
afterEach(async () => {
  associations.close();
  await program?.close();
  program = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const configuration = (more = "") =>
  parseConfiguration(
    `\
identity: { server_name: id.example.org, public_base_url: http://localhost, database: ${join(folder, "identity.sqlite")}${more} }
mailbox: { folder: ${join(folder, "mailbox")} }
log: { level: silent }
`,
    "test.yaml",
  );

/** A server that runs beside the command. */
const running = async (accessToken?: string) => {
  program ??= await compose(configuration(), { clock });
  const { identity } = program.services;
  if (identity === undefined) throw new Error("there is no identity server");
  const options = { baseUrl: "http://localhost", fetch: inProcess(identity.server), retries: 0 };
  return createIdentityClient(accessToken === undefined ? options : { ...options, accessToken });
};

const listed = async (of?: { readonly address?: string; readonly mxid?: string }): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const { medium, address, mxid } of associations.list(of)) lines.push(`${medium} ${address} ${mxid}`);
  return lines;
};

describe("associations, by their operator,", () => {
  it("are added for the users who are served alone", async () => {
    associations.close();
    associations = administrateAssociations(configuration(", allowed_homeservers: [example.org]"), { clock });
    await associations.add("alice@example.org", "@alice:example.org");
    await expect(associations.add("bob@example.org", "@bob:elsewhere.example")).rejects.toThrow(
      'users of elsewhere.example are not served here; add "elsewhere.example" to "identity.allowed_homeservers"',
    );
    expect(await listed()).toEqual(["email alice@example.org @alice:example.org"]);
    expect(await associations.remove("alice@example.org"), "removing asks no list").toBe("@alice:example.org");
  });

  it("are added canonical and signed, and a running server answers them at once, in both versions", async () => {
    const client = await running();
    const body = await associations.add("Alice@Example.org", "@alice:example.org");
    expect(body).toMatchObject({ medium: "email", address: "alice@example.org", ts: now });
    const found = await client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } });
    expect(found).toEqual(body);
    const { public_key } = await client.orThrow.getPubKey({ params: { keyId: "ed25519:0" } });
    expect(verifyJson(found, "id.example.org", "ed25519:0", public_key)).toBe(true);

    const administration = administrate(configuration(), { clock });
    const v2 = await running(await administration.issueToken("@alice:example.org"));
    administration.close();
    const { lookup_pepper: pepper } = await v2.orThrow.getHashDetails();
    const hash = lookupHash({ medium: "email", address: "alice@example.org" }, pepper);
    const look = async () =>
      (await v2.orThrow.lookupUsersV2({ body: { algorithm: "sha256", pepper, addresses: [hash] } })).mappings;
    expect(await look()).toEqual({ [hash]: "@alice:example.org" });
    expect(await associations.remove("ALICE@example.org")).toBe("@alice:example.org");
    expect(await look()).toEqual({});
  });

  it("bring along the invites that waited, and the user's homeserver is to be told", async () => {
    const client = await running();
    const invite = {
      medium: "email",
      address: "carol@example.org",
      room_id: "!a:b.test",
      sender: "@b:b.test",
    } as const;
    const { token } = await client.orThrow.storeInvite({ body: invite });
    const body = await associations.add("Carol@example.org", "@carol:c.test");
    expect(body.invites).toMatchObject([{ room_id: "!a:b.test", signed: { mxid: "@carol:c.test", token } }]);
    const connection = openSqlite(join(folder, "identity.sqlite"));
    const waiting = connection.database.prepare("SELECT kind, destination FROM outbox WHERE kind = 'onbind'").all();
    connection.close();
    expect(waiting).toEqual([{ kind: "onbind", destination: "c.test" }]);
  });

  it("are listed in order: all of them, those of a user, that of an address", async () => {
    await associations.add("+44 7400 123456", "@alice:example.org");
    await associations.add("bob@example.org", "@bob:example.org");
    await associations.add("alice@example.org", "@alice:example.org");
    const [alice, bob, phone] = [
      "email alice@example.org @alice:example.org",
      "email bob@example.org @bob:example.org",
      "msisdn 447400123456 @alice:example.org",
    ];
    expect(await listed()).toEqual([alice, bob, phone]);
    expect(await listed({ mxid: "@alice:example.org" })).toEqual([alice, phone]);
    expect(await listed({ address: "Bob@example.org" })).toEqual([bob]);
    expect(await listed({ address: "+447400123456" })).toEqual([phone]);
    expect(await listed({ address: "bob@example.org", mxid: "@alice:example.org" })).toEqual([]);
    expect(await listed({ mxid: "@nobody:example.org" })).toEqual([]);
  });

  it("are listed beyond the first page", async () => {
    const connection = openSqlite(join(folder, "identity.sqlite"));
    const { bind } = sqliteIdentityStorage(connection).associations;
    const bound = { medium: "email", mxid: "@a:b", ts: now, notBefore: now, notAfter: now, signatures: {} } as const;
    await Promise.all(Array.from({ length: 2500 }, (_, i) => bind({ ...bound, address: `u${i}@example.org` })));
    connection.close();
    expect(new Set(await listed()).size).toBe(2500);
    expect(new Set(await listed({ mxid: "@a:b" })).size).toBe(2500);
  });

  it("are erased without a row left, and without their address in the file", async () => {
    await associations.add("secret@example.org", "@alice:example.org");
    expect(await associations.erase("Secret@example.org")).toMatchObject({ associations: 1 });
    expect(await listed()).toEqual([]);
    expect(await associations.erase("secret@example.org")).toMatchObject({ associations: 0 });
    associations.close();
    expect(readFileSync(join(folder, "identity.sqlite")).includes("secret@example.org")).toBe(false);
  });

  const refusals: readonly (readonly [name: string, what: () => Promise<unknown>, want: string])[] = [
    [
      "no address",
      () => associations.add("alice", "@a:b"),
      '"alice" is neither a mail address nor a phone number; write alice@example.org, or +447400123456 with the country\'s code',
    ],
    [
      "two addresses",
      () => associations.add("a@b.test@c.test", "@a:b"),
      '"a@b.test@c.test" is neither a mail address nor a phone number; write alice@example.org, or +447400123456 with the country\'s code',
    ],
    ["no user", () => associations.add("a@b.test", "alice"), '"alice" is no user ID; write it as @alice:example.org'],
    [
      "nobody's address",
      () => associations.remove("a@b.test"),
      "a@b.test is bound to nobody; `threepid associations list` shows what is bound",
    ],
    [
      "somebody else's address",
      async () => {
        await associations.add("a@b.test", "@a:b");
        return associations.remove("a@b.test", "@c:d");
      },
      "a@b.test is bound to @a:b; name that user, or leave --mxid out",
    ],
    ["no user to list", () => listed({ mxid: "alice" }), '"alice" is no user ID; write it as @alice:example.org'],
  ];
  it.each(refusals)("%s is refused in words", async (_, what, want) => {
    await expect(what()).rejects.toThrow(new Error(want));
  });
});

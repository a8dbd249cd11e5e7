// Fills an identity database with associations and their hashes, and makes lookups of them.
import { createHash } from "node:crypto";
import { openDatabase } from "../../dist/runtime/compose/database.js";
import { lookupDigest, lookupHash } from "../../dist/runtime/protocol/lookup-hash.js";
import { tokenHash } from "../../dist/runtime/protocol/tokens.js";
import { identityMigrations } from "../../dist/runtime/storage/migrations/identity.js";
import { sqliteIdentityStorage } from "../../dist/runtime/storage/sqlite/identity-storage.js";

export const pepper = "benchmarkpepper0123456789abcdefg";
export const accessToken = "benchmark_access_token";
const caller = "@caller:example.org";

const threepid = (number) => ({ medium: "email", address: `bound${number}@example.org` });
const mxidOf = (number) => `@person${number}:example.org`;
const signatures = JSON.stringify({ "id.example.org": { "ed25519:0": "A".repeat(86) } });

/** Writes rows in the order in which they lie in the file, without waiting for the disk: a million take seconds. */
export async function fillAssociations(file, count) {
  const connection = openDatabase(file, identityMigrations, Date.now());
  const { database, transaction } = connection;
  database.pragma("synchronous = OFF");
  const { accessTokens, lookupHashes } = sqliteIdentityStorage(connection);
  await accessTokens.add(tokenHash(accessToken), caller, Date.now());
  await lookupHashes.establish(pepper, Date.now());
  const { id } = database.prepare("SELECT id FROM lookup_peppers").get();
  const associate = database.prepare(
    "INSERT INTO associations (medium, address, mxid, ts, not_before, not_after, signatures) VALUES (?, ?, ?, 1, 1, 2, ?)",
  );
  const hash = database.prepare("INSERT INTO lookup_hashes (pepper, hash, mxid) VALUES (?, ?, ?)");
  const numbers = Array.from({ length: count }, (_, number) => number);
  const byAddress = numbers.toSorted((left, right) => (`${left}@` < `${right}@` ? -1 : 1));
  const hashes = numbers.map((number) => ({ digest: lookupDigest(threepid(number), pepper), number }));
  hashes.sort((left, right) => Buffer.compare(left.digest, right.digest));
  transaction(() => {
    for (const number of byAddress) associate.run("email", threepid(number).address, mxidOf(number), signatures);
    for (const { digest, number } of hashes) hash.run(id, digest, mxidOf(number));
  });
  connection.close();
}

/** A number below the bound that looks random and is the same in each run. */
const spread = (seed, bound) => createHash("sha256").update(`${seed}`).digest().readUInt32BE() % bound;

/** So many addresses are asked for that are nobody's, among few associations and among many. */
const strangers = 1_000_000;

/** Hashes as they are asked for, every other one of somebody, all over the database. */
const asked = (associations, addresses, turn, hash) =>
  Array.from({ length: addresses }, (_, place) => {
    const isBound = place % 2 === 0;
    const number = spread(`${turn} ${place}`, isBound ? associations : strangers);
    return hash(threepid(isBound ? number : associations + number), pepper);
  });

/** The same as they are kept. */
export const keptHashes = (associations, addresses, turn) => asked(associations, addresses, turn, lookupDigest);

/** Lookups of so many addresses each. */
export function lookups(associations, addresses, count) {
  return Array.from({ length: count }, (_, turn) =>
    JSON.stringify({
      algorithm: "sha256",
      pepper,
      addresses: asked(associations, addresses, turn, lookupHash),
    }),
  );
}

/** An invite waits for each of these addresses, so that binding it tells a homeserver. */
export function fillInvites(file, addresses) {
  const connection = openDatabase(file, identityMigrations, Date.now());
  const insert = connection.database.prepare(
    `INSERT INTO invites (token, medium, address, room_id, sender, ephemeral_public_key, details, received_at)
     VALUES (?, 'email', ?, '!room:example.org', '@host:example.org', ?, '{}', ?)`,
  );
  connection.transaction(() => {
    for (const address of addresses) insert.run(`token ${address}`, address, `key ${address}`, Date.now());
  });
  connection.close();
}

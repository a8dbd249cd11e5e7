/** What a Sydent leaves behind: its database, its configuration and its terms, in a folder of their own. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

const schema = `
  CREATE TABLE local_threepid_associations (id integer primary key, medium varchar(16) not null,
    address varchar(256) not null, mxid varchar(256), ts integer, notBefore bigint, notAfter bigint, lookup_hash varchar,
    UNIQUE (medium, address));
  CREATE TABLE global_threepid_associations (id integer primary key, medium varchar(16) not null,
    address varchar(256) not null, mxid varchar(256), ts integer, notBefore bigint, notAfter bigint,
    originServer varchar(255), originId integer, sgAssoc text, lookup_hash varchar, UNIQUE (originServer, originId));
  CREATE TABLE hashing_metadata (id integer primary key, lookup_pepper varchar);
  CREATE TABLE accounts (user_id TEXT NOT NULL PRIMARY KEY, created_ts BIGINT NOT NULL, consent_version TEXT);
  CREATE TABLE tokens (token TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL);
  CREATE TABLE accepted_terms_urls (user_id TEXT NOT NULL, url TEXT NOT NULL);
  CREATE TABLE invite_tokens (id integer primary key, medium varchar(16) not null, address varchar(256) not null,
    room_id varchar(256) not null, sender varchar(256) not null, token varchar(256) not null, received_ts bigint,
    sent_ts bigint);
  CREATE TABLE ephemeral_public_keys (id integer primary key, public_key varchar(256) not null, verify_count bigint,
    persistence_ts bigint);
  CREATE TABLE threepid_validation_sessions (id integer primary key, medium varchar(16) not null,
    address varchar(256) not null, clientSecret varchar(32) not null, validated int default 0, mtime bigint not null);
  CREATE TABLE threepid_token_auths (id integer primary key, validationSession integer not null,
    token varchar(32) not null, sendAttemptNumber integer not null);
  CREATE TABLE peers (id integer primary key, name varchar(255), port integer, lastSentVersion integer, active integer);
  CREATE TABLE peer_pubkeys (id integer primary key, peername varchar(255), alg varchar(16), key text);
  PRAGMA user_version = 5;
`;

/** Rows by table, each as its columns. */
export type SydentRows = Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>>;

export interface SydentFolder {
  readonly path: string;
  readonly config: string;
  readonly database: string;
  write(rows: SydentRows): void;
  /** Everything about the files that reading must not change. */
  state(): readonly (readonly [name: string, digest: string, mtimeMs: number])[];
  remove(): void;
}

export const sydentFolder = (configuration: string, rows: SydentRows, terms?: string): SydentFolder => {
  const path = mkdtempSync(join(tmpdir(), "sydent-"));
  const files = {
    config: join(path, "sydent.conf"),
    database: join(path, "sydent.db"),
    terms: join(path, "terms.yml"),
  };
  writeFileSync(files.config, configuration);
  if (terms !== undefined) writeFileSync(files.terms, terms);
  const write = (more: SydentRows): void => {
    const database = new Database(files.database);
    if (database.pragma("user_version", { simple: true }) === 0) database.exec(schema);
    for (const [table, entries] of Object.entries(more)) {
      for (const entry of entries) {
        const names = Object.keys(entry);
        const holes = names.map((name) => `@${name}`).join(", ");
        database.prepare(`INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${holes})`).run(entry);
      }
    }
    database.close();
  };
  write(rows);
  return {
    path,
    config: files.config,
    database: files.database,
    write,
    state: () =>
      [files.config, files.database, ...(terms === undefined ? [] : [files.terms])].map((file) => [
        file,
        createHash("sha256").update(readFileSync(file)).digest("hex"),
        statSync(file).mtimeMs,
      ]),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};

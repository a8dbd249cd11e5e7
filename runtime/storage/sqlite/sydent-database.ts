/** A Sydent's SQLite file, opened for reading alone and read as it was at one moment. */

import Database from "better-sqlite3";
import type {
  SydentAcceptedTerms,
  SydentAssociation,
  SydentDatabase,
  SydentEphemeralKey,
  SydentInvite,
  SydentSession,
  SydentToken,
} from "../../ports/sydent-database.js";
import { canonicalAddress, isMedium } from "../../protocol/threepid.js";
import { StorageError } from "./storage-error.js";

/** The version of the schema that the last Sydent wrote, and that the statements below are made for. */
const schemaVersion = 5;

const tables = [
  "local_threepid_associations",
  "global_threepid_associations",
  "hashing_metadata",
  "accounts",
  "tokens",
  "accepted_terms_urls",
  "invite_tokens",
  "ephemeral_public_keys",
  "threepid_validation_sessions",
  "threepid_token_auths",
  "peers",
] as const;

const requireSydent = (database: Database.Database, file: string): void => {
  const version: unknown = database.pragma("user_version", { simple: true });
  const rows = database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const missing = tables.filter((table) => !rows.includes(table));
  if (missing.includes("local_threepid_associations")) {
    throw new StorageError(file, "is no database of a Sydent", "name the file that db.file of its configuration names");
  }
  if (version !== schemaVersion || missing.length > 0) {
    const what = `has the schema of another version of Sydent (${String(version)}, and not ${schemaVersion})`;
    throw new StorageError(file, what, "start the last Sydent on it once: that brings it up to date");
  }
};

type SessionRow = Omit<SydentSession, "validated"> & { readonly validated: number | null };

/** @throws StorageError when the file is none of a Sydent's, or cannot be read; with what to do */
export const openSydentDatabase = (file: string): SydentDatabase => {
  let opened: Database.Database | undefined;
  try {
    opened = new Database(file, { readonly: true, fileMustExist: true });
    opened.pragma("query_only = ON");
    requireSydent(opened, file);
    // All of it as it is now, whatever a Sydent that still runs goes on to write.
    opened.exec("BEGIN");
    return reading(opened);
  } catch (error) {
    opened?.close();
    throw explained(file, error);
  }
};

/** A write that was cut off can be undone by writing alone. */
const explained = (file: string, error: unknown): StorageError => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_READONLY")) {
    const todo = "start the Sydent and stop it, then try again";
    return new StorageError(file, "was left in the middle of a write", todo, { cause: error });
  }
  if (code.startsWith("SQLITE_CANTOPEN")) {
    const todo = "check that it is there and that this user may read it, or name it with --database";
    return new StorageError(file, "cannot be opened", todo, { cause: error });
  }
  return StorageError.explain(file, error);
};

const reading = (database: Database.Database): SydentDatabase => {
  database.function("canonical", { deterministic: true }, (medium: unknown, address: unknown) => {
    const text = String(address);
    return typeof medium === "string" && isMedium(medium) ? canonicalAddress(medium, text) : text;
  });
  /** Rows are let go of one by one: a database may hold millions. */
  const rows = <Row>(sql: string): (() => Iterable<Row>) => {
    const statement = database.prepare<[], Row>(sql);
    return function* () {
      try {
        yield* statement.iterate();
      } catch (error) {
        throw explained(database.name, error);
      }
    };
  };
  const count =
    (from: string): (() => number) =>
    () =>
      database.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck().get() ?? 0;

  const sessions = rows<SessionRow>(
    `SELECT CAST(s.id AS TEXT) AS sid, s.medium, s.address, s.clientSecret, s.validated, s.mtime AS changedAt,
       t.token, t.sendAttemptNumber AS sendAttempt
     FROM threepid_validation_sessions s
     LEFT JOIN (SELECT validationSession, max(id) AS newest FROM threepid_token_auths GROUP BY validationSession) n
       ON n.validationSession = s.id
     LEFT JOIN threepid_token_auths t ON t.id = n.newest
     ORDER BY s.mtime, s.id`,
  );
  return {
    associations: rows<SydentAssociation>(
      `SELECT * FROM (
         SELECT 'local' AS "table", id, medium, address, mxid, ts, notBefore, notAfter, NULL AS signed
           FROM local_threepid_associations
         UNION ALL
         SELECT 'global', id, medium, address, mxid, ts, notBefore, notAfter, sgAssoc FROM global_threepid_associations
       ) ORDER BY medium, canonical(medium, address), ts DESC, mxid IS NOT NULL, "table" = 'global' DESC, id DESC`,
    ),
    pepper: () =>
      database.prepare<[], string | null>("SELECT lookup_pepper FROM hashing_metadata ORDER BY id").pluck().get() ??
      undefined,
    accounts: count("accounts"),
    idleAccounts: count("accounts WHERE user_id NOT IN (SELECT user_id FROM tokens)"),
    tokens: rows<SydentToken>(
      `SELECT t.token, t.user_id AS mxid, a.created_ts AS createdAt
       FROM tokens t LEFT JOIN accounts a ON a.user_id = t.user_id ORDER BY t.rowid`,
    ),
    acceptedTerms: rows<SydentAcceptedTerms>(
      `SELECT u.user_id AS mxid, u.url, a.created_ts AS createdAt
       FROM accepted_terms_urls u LEFT JOIN accounts a ON a.user_id = u.user_id ORDER BY u.rowid`,
    ),
    sessions: function* () {
      for (const row of sessions()) yield { ...row, validated: row.validated === 1 };
    },
    invites: rows<SydentInvite>(
      `SELECT token, medium, address, room_id AS roomId, sender, received_ts AS receivedSeconds, sent_ts AS sentSeconds
       FROM invite_tokens ORDER BY id`,
    ),
    ephemeralKeys: rows<SydentEphemeralKey>(
      "SELECT public_key AS publicKey, persistence_ts AS madeSeconds FROM ephemeral_public_keys ORDER BY id",
    ),
    peers: count("peers"),
    close: () => {
      database.close();
    },
  };
};

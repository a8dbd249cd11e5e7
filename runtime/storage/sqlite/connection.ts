/** One SQLite file, opened so that what was committed stays. */

import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import type { CompiledQuery } from "kysely";
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { groupCommit } from "./group-commit.js";
import { StorageError } from "./storage-error.js";

/** A query that Kysely has built and typed. */
export interface Compilable<Row> {
  compile(): CompiledQuery<Row>;
}

/**
 * A connection whose every step is synchronous. That is why it is safe without further locks: nothing else runs
 * between the first and the last statement of a transaction. Kysely builds and types queries here and never runs them.
 */
export interface SqliteConnection<Schema> {
  /** Builds typed queries for {@link all}, {@link get} and {@link run}. */
  readonly query: Kysely<Schema>;
  /** For the prepared statements of hot paths. */
  readonly database: Database.Database;
  all<Row>(query: Compilable<Row>): Row[];
  get<Row>(query: Compilable<Row>): Row | undefined;
  /** Runs a statement without rows; answers how many rows it changed. */
  run(query: Compilable<unknown>): number;
  /** Runs the work within one write transaction (BEGIN IMMEDIATE); a thrown error rolls it back. */
  transaction<T>(work: () => T): T;
  /** The same, in one commit with other requests' work. See {@link groupCommit}. */
  write<T>(work: () => T): Promise<T>;
  /** Commits what waits, and closes. */
  close(): void;
}

export interface SqliteOptions {
  /** How long to wait (ms) for another process that is writing. */
  readonly busyTimeoutMs?: number;
}

const synchronousFull = 2;

/** Kysely's own driver for queries that are only built, made to say so when somebody runs one all the same. */
class BuildOnlyDriver extends DummyDriver {
  override acquireConnection(): never {
    throw new Error("queries of a SQLite connection are run by its all, get and run");
  }
}

const prepareFile = (database: Database.Database, file: string, busyTimeoutMs: number): void => {
  database.pragma(`busy_timeout = ${busyTimeoutMs}`);
  const mode: unknown = database.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal" && file !== ":memory:") {
    throw new StorageError(file, "cannot keep a write-ahead log beside it", "use a local disk, not a network share");
  }
  database.pragma("foreign_keys = ON");
  database.pragma("synchronous = FULL");
  // The library is compiled with a weaker default for write-ahead logs, so the promise is read back.
  database.prepare("SELECT count(*) FROM sqlite_master").get();
  if (database.pragma("synchronous", { simple: true }) !== synchronousFull) {
    throw new StorageError(file, "does not keep `synchronous = FULL`", "report this: commits could be lost");
  }
  // A file that cannot be written is found out now and not by the first request.
  database.exec("BEGIN IMMEDIATE; COMMIT");
};

/** Keys, secrets and addresses: a new file is its owner's alone, and SQLite gives the same rights to its logs. */
const makeOwn = (file: string): void => {
  if (file === ":memory:") return;
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch {
    // SQLite is asked next and says why it cannot be opened.
  }
};

/** Opens or creates a file (`:memory:` for tests). Throws a {@link StorageError} that tells people what to do. */
export const openSqlite = <Schema>(
  file: string,
  { busyTimeoutMs = 5000 }: SqliteOptions = {},
): SqliteConnection<Schema> => {
  let database: Database.Database | undefined;
  try {
    makeOwn(file);
    database = new Database(file);
    prepareFile(database, file, busyTimeoutMs);
  } catch (error) {
    database?.close();
    throw StorageError.explain(file, error);
  }
  return connectionOver(database);
};

const connectionOver = <Schema>(database: Database.Database): SqliteConnection<Schema> => {
  const prepared = new Map<string, Database.Statement>();
  const statement = (sql: string): Database.Statement => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  const query = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new BuildOnlyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const { write, flush } = groupCommit(database);
  return {
    query,
    database,
    all: <Row>(built: Compilable<Row>) => {
      const { sql, parameters } = built.compile();
      return statement(sql).all(...parameters) as Row[]; // Kysely derived the row from the schema that the migrations make
    },
    get: <Row>(built: Compilable<Row>) => {
      const { sql, parameters } = built.compile();
      return statement(sql).get(...parameters) as Row | undefined; // as above
    },
    run: (built) => {
      const { sql, parameters } = built.compile();
      return statement(sql).run(...parameters).changes;
    },
    transaction: (work) => database.transaction(work).immediate(),
    write,
    close: () => {
      flush();
      database.close();
    },
  };
};

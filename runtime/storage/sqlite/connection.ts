/** One SQLite file, opened so that what was committed stays. */

import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import { groupCommit } from "./group-commit.js";
import { StorageError } from "./storage-error.js";
import { endReads, plainReader, type TurnReader, turnReader } from "./turn-reader.js";

/**
 * A connection whose every step is synchronous. That is why it is safe without further locks: nothing else runs
 * between the first and the last statement of a transaction.
 */
export interface SqliteConnection {
  /** For prepared statements. */
  readonly database: Database.Database;
  /** Runs the work within one write transaction (BEGIN IMMEDIATE); a thrown error rolls it back. */
  transaction<T>(work: () => T): T;
  /** The same, in one commit with other requests' work. See {@link groupCommit}. */
  write<T>(work: () => T): Promise<T>;
  /** For what is read by every request. */
  readonly reader: TurnReader;
  /** Brings what was committed from the log into the file, and empties the log, unless another process is reading it. */
  emptyLog(): void;
  /** Commits what waits, and closes. */
  close(): void;
}

export interface SqliteOptions {
  /** How long to wait (ms) for another process that is writing. */
  readonly busyTimeoutMs?: number;
  /** Nobody else may have the file open, nor opens it until this is closed. Default: false. */
  readonly alone?: boolean;
  /** Reads see what a transaction under way has written: they go through the same connection. Default: as `alone`. */
  readonly readsOwn?: boolean;
}

const synchronousFull = 2;

/** Pages kept by a connection. The library's default is four times as much, which every connection would come to hold. */
const cachedKilobytes = 4_000;

const defaultBusyTimeoutMs = 5_000;

const prepareFile = (database: Database.Database, file: string, options: SqliteOptions): void => {
  const { busyTimeoutMs = defaultBusyTimeoutMs, alone = false } = options;
  database.pragma(`busy_timeout = ${busyTimeoutMs}`);
  // Before the log is first looked at: from then on it is shared with whoever has the file open.
  if (alone) database.pragma("locking_mode = EXCLUSIVE");
  const mode: unknown = database.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal" && file !== ":memory:") {
    throw new StorageError(file, "cannot keep a write-ahead log beside it", "use a local disk, not a network share");
  }
  database.pragma("foreign_keys = ON");
  database.pragma("synchronous = FULL");
  // Enough for what a write touches; what is read by every request is mapped instead (`turn-reader.ts`).
  database.pragma(`cache_size = -${cachedKilobytes}`);
  // What is deleted is overwritten: addresses that were erased, tokens that were used.
  database.pragma("secure_delete = ON");
  // The library is compiled with a weaker default for write-ahead logs, so the promise is read back.
  database.prepare("SELECT count(*) FROM sqlite_master").get();
  if (database.pragma("synchronous", { simple: true }) !== synchronousFull) {
    throw new StorageError(file, "does not keep `synchronous = FULL`", "report this: commits could be lost");
  }
  // A file that cannot be written is found out now and not by the first request.
  database.exec("BEGIN IMMEDIATE; COMMIT");
};

/**
 * Keys, secrets and addresses: a new file is its owner's alone, and SQLite gives the same rights to its logs. One that
 * stands is not touched: closing it would take away the locks that other connections of this process hold on it.
 */
const makeOwn = (file: string): void => {
  if (file === ":memory:") return;
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch {
    // It stands already, or SQLite is asked next and says why it cannot be opened.
  }
};

/** Opens or creates a file (`:memory:` for tests). Throws a {@link StorageError} that tells people what to do. */
export const openSqlite = (file: string, options: SqliteOptions = {}): SqliteConnection => {
  let database: Database.Database | undefined;
  try {
    makeOwn(file);
    database = new Database(file);
    prepareFile(database, file, options);
    return connectionOver(database, file, options);
  } catch (error) {
    database?.close();
    throw StorageError.explain(file, error);
  }
};

const connectionOver = (
  database: Database.Database,
  file: string,
  { busyTimeoutMs = defaultBusyTimeoutMs, alone = false, readsOwn = alone }: SqliteOptions,
): SqliteConnection => {
  const reader = file === ":memory:" || readsOwn ? plainReader(database) : turnReader(file, busyTimeoutMs);
  const { write, flush } = groupCommit(database);
  return {
    database,
    transaction: (work) => {
      endReads();
      try {
        return database.transaction(work).immediate();
      } finally {
        endReads();
      }
    },
    write,
    reader,
    emptyLog: () => {
      endReads();
      database.pragma("wal_checkpoint(TRUNCATE)");
    },
    close: () => {
      try {
        flush();
        reader.close();
      } finally {
        database.close();
      }
    },
  };
};

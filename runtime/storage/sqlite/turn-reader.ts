/**
 * What every request reads, by a connection of its own that cannot write. All reads of one turn of the event loop share
 * one view of the file: SQLite then locks and unlocks it once for all requests of that turn, which is most of what a
 * small read costs. What this process has written is seen at once, what another one has by the next turn.
 */

import Database from "better-sqlite3";

export interface TurnReader {
  /** For prepared statements that only read. */
  readonly database: Database.Database;
  /** Runs one synchronous read. */
  read<T>(work: () => T): T;
  /** The same for what every request reads alike: within a turn it is read once. */
  once<T>(work: () => T): () => T;
  /** Gives back the memory that what was read takes: to be called when the most of it will not be read again. */
  forget(): void;
}

interface OwnTurnReader extends TurnReader {
  close(): void;
}

/** How to end what is being read in this process, by whatever connections. */
const underway = new Set<() => void>();

/**
 * Whatever is read next is as it is then: to be called before each transaction, which waits for nobody who reads, and after
 * it, so that nobody who is told of it misses it.
 */
export const endReads = (): void => {
  for (const end of underway) end();
};

/**
 * Pages are read where the system keeps them anyway, not copied; the engine takes no more than this (bytes). A disk that
 * fails under them ends the process, as it would fail every request: nothing is written through them.
 */
const mapped = 2_147_418_112;

export const turnReader = (file: string, busyTimeoutMs: number): OwnTurnReader => {
  const database = new Database(file, { readonly: true, timeout: busyTimeoutMs });
  const map = (bytes: number): void => void database.pragma(`mmap_size = ${bytes}`);
  map(mapped);
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  let views = 0;
  // A read that failed may have ended the view itself.
  const end = (): void => {
    if (underway.delete(end) && database.inTransaction) commit.run();
  };
  const read = <T>(work: () => T): T => {
    if (!underway.has(end)) {
      begin.run();
      underway.add(end);
      views += 1;
      setImmediate(end);
    }
    return work();
  };
  return {
    database,
    read,
    once: <T>(work: () => T) => {
      let kept: { readonly view: number; readonly found: T } | undefined;
      const current = (): T => {
        if (kept?.view !== views) kept = { view: views, found: work() };
        return kept.found;
      };
      return () => read(current);
    },
    forget: () => {
      end();
      map(0);
      map(mapped);
    },
    close: () => {
      end();
      database.close();
    },
  };
};

/** The same for a file that nobody else may open, or that is none: its one connection reads, each time for itself. */
export const plainReader = (database: Database.Database): OwnTurnReader => ({
  database,
  read: (work) => work(),
  once: (work) => work,
  forget: () => undefined,
  close: () => undefined,
});

/** Many requests' writes in one commit: what waits for the disk is the turn of the event loop, not each request. */

import type Database from "better-sqlite3";
import { endReads } from "./turn-reader.js";

export interface GroupCommit {
  /**
   * Runs the work in a write transaction together with all other work of this turn of the event loop, in the order
   * given, and settles after the commit: what was answered is on the disk. Work that throws is undone alone and rejects;
   * a commit that fails rejects all. The work is one synchronous step and reads what work before it has written.
   */
  write<T>(work: () => T): Promise<T>;
  /** Commits what waits, now. */
  flush(): void;
}

interface Job {
  /** Does the work; answers how to tell of its result once that is committed. */
  run(): () => void;
  reject(error: unknown): void;
}

export const groupCommit = (database: Database.Database): GroupCommit => {
  let waiting: Job[] = [];

  // Within the transaction of the group this is a savepoint.
  const alone = database.transaction((job: Job) => job.run());

  const attempt = (job: Job): (() => void) => {
    try {
      return alone(job);
    } catch (error) {
      // A full or failing disk ends the whole transaction, whatever the savepoint.
      if (!database.inTransaction) throw error;
      return () => job.reject(error);
    }
  };

  const together = database.transaction((jobs: readonly Job[]) => jobs.map(attempt));

  const commit = (jobs: readonly Job[]): readonly (() => void)[] => {
    try {
      endReads();
      return together.immediate(jobs);
    } catch (error) {
      return jobs.map((job) => () => job.reject(error));
    } finally {
      endReads();
    }
  };

  const flush = (): void => {
    if (waiting.length === 0) return;
    const jobs = waiting;
    waiting = [];
    for (const settle of commit(jobs)) settle();
  };

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        // After the sockets of this turn have been read, before the next ones are.
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({
          run: () => {
            const result = work();
            return () => resolve(result);
          },
          reject,
        });
      }),
    flush,
  };
};

/**
 * Whether somebody else has changed who is found by a hash. Whoever does so, in whatever process, writes a number into the
 * file that nobody wrote before. What else is committed leaves it, a rotation of the pepper above all: that writes much,
 * and what is found by the current pepper stays the same.
 */

import type { SqliteConnection } from "./connection.js";

export interface LookupChanges {
  /** To be called in the transaction that changes who is found, before it does. */
  mark(): void;
  /**
   * How often others were found to have made changes, which is the same as before when they have made none. To be asked
   * outside of transactions.
   */
  byOthers(): number;
}

/** When so many numbers are known they are forgotten: at worst one of ours is then taken for somebody else's. */
const mostKnown = 1_000;

export const lookupChanges = ({ database }: SqliteConnection): LookupChanges => {
  // By the connection that writes, to which its own commits are no change. It costs less than to read a row.
  const selectVersion = database.prepare<[], number>("PRAGMA data_version").pluck();
  const selectMark = database.prepare<[], number>("SELECT change_mark FROM lookup_state WHERE only_row = 1").pluck();
  // As large as a number can be that is told apart from its neighbours.
  const updateMark = database
    .prepare<[], number>(
      `UPDATE lookup_state SET change_mark = random() & ${Number.MAX_SAFE_INTEGER} WHERE only_row = 1
       RETURNING change_mark`,
    )
    .pluck();

  /** What others have left at last, and all that this connection has written since, committed or undone. */
  const known = new Set<number | undefined>();
  let version: number | undefined;
  let changes = 0;

  const compare = (mark: number | undefined): void => {
    if (known.has(mark)) return;
    changes += 1;
    known.add(mark);
  };

  return {
    mark: () => {
      // Beneath a mark of ours that of others would not be seen any more.
      compare(selectMark.get());
      if (known.size >= mostKnown) known.clear();
      known.add(updateMark.get());
    },
    byOthers: () => {
      const current = selectVersion.get();
      if (current === version) return changes;
      compare(selectMark.get());
      // Only now: what could not be read is looked at again.
      version = current;
      return changes;
    },
  };
};

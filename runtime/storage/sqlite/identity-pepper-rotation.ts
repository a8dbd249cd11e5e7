/** Peppers and their rotation in SQLite. Each step is one short transaction that leaves everything in step. */

import type { PepperRotation, PepperState } from "../../ports/pepper-rotation.js";
import { lookupDigest } from "../../protocol/lookup-hash.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";

/** How many rows a step writes: another process that wants to write waits for no longer than this takes. */
const rowsOfStep = 100;
/** They stand side by side in the file, so more of them cost as much. */
const rowsOfSweep = 1_000;

interface StateRow {
  readonly current_pepper: number | null;
  readonly next_pepper: number | null;
  readonly hashed_medium: string;
  readonly hashed_address: string;
  readonly hashed: number;
  readonly worked_at: number;
}

interface PepperRow {
  readonly id: number;
  readonly pepper: string;
  readonly created_at: number;
}

interface BoundRow extends Threepid {
  readonly mxid: string;
}

export interface SqlitePepperRotation extends PepperRotation {
  /** {@link PepperRotation.begin} where there is no pepper at all. */
  beginFirst(pepper: string, now: number): void;
  /** Hashes this many more associations under the next pepper, and makes it current after the last one. Answers whether more is left. */
  fill(rows: number, now: number): boolean;
}

export const sqlitePepperRotation = ({ database, transaction }: SqliteConnection): SqlitePepperRotation => {
  const selectState = database.prepare<[], StateRow>("SELECT * FROM lookup_state WHERE only_row = 1");
  const selectPepper = database.prepare<[number], PepperRow>(
    "SELECT id, pepper, created_at FROM lookup_peppers WHERE id = ?",
  );
  const insertPepper = database.prepare<[string, number]>(
    "INSERT INTO lookup_peppers (pepper, created_at) VALUES (?, ?)",
  );
  const insertState = database.prepare<[number | bigint, number]>(
    "INSERT INTO lookup_state (only_row, next_pepper, worked_at) VALUES (1, ?, ?)",
  );
  const setNext = database.prepare<[number | bigint, number]>(
    "UPDATE lookup_state SET next_pepper = ?, worked_at = ? WHERE only_row = 1",
  );
  const selectBound = database.prepare<[string, string, number], BoundRow>(
    `SELECT medium, address, mxid FROM associations WHERE (medium, address) > (?, ?)
     ORDER BY medium, address LIMIT ?`,
  );
  const upsert = database.prepare<[number, Uint8Array, string]>(
    `INSERT INTO lookup_hashes (pepper, hash, mxid) VALUES (?, ?, ?)
     ON CONFLICT (pepper, hash) DO UPDATE SET mxid = excluded.mxid`,
  );
  const advance = database.prepare<[string, string, number, number]>(
    `UPDATE lookup_state SET hashed_medium = ?, hashed_address = ?, hashed = hashed + ?, worked_at = ?
     WHERE only_row = 1`,
  );
  const makeCurrent = database.prepare<[number]>(
    `UPDATE lookup_state SET current_pepper = next_pepper, next_pepper = NULL,
       hashed_medium = '', hashed_address = '', hashed = 0, worked_at = ? WHERE only_row = 1`,
  );
  // A pepper that was made later has a higher id.
  const selectOld = database
    .prepare<[number], number>("SELECT id FROM lookup_peppers WHERE id < ? ORDER BY id LIMIT 1")
    .pluck();
  const selectBoundary = database
    .prepare<[number, number], Uint8Array>(
      "SELECT hash FROM lookup_hashes WHERE pepper = ? ORDER BY hash LIMIT 1 OFFSET ?",
    )
    .pluck();
  const eraseBefore = database.prepare<[number, Uint8Array]>("DELETE FROM lookup_hashes WHERE pepper = ? AND hash < ?");
  const eraseHashes = database.prepare<[number]>("DELETE FROM lookup_hashes WHERE pepper = ?");
  const erasePepper = database.prepare<[number]>("DELETE FROM lookup_peppers WHERE id = ?");
  const noteWork = database.prepare<[number]>("UPDATE lookup_state SET worked_at = ? WHERE only_row = 1");

  const pepperOf = (id: number): PepperRow => {
    const row = selectPepper.get(id);
    if (row === undefined) throw new Error("a lookup pepper is missing");
    return row;
  };

  /** In the order in which they lie in the file. */
  const hashedUnder = (pepper: string, bound: readonly BoundRow[]) =>
    bound
      .map(({ mxid, ...threepid }) => ({ hash: lookupDigest(threepid, pepper), mxid }))
      .sort((left, right) => Buffer.compare(left.hash, right.hash));

  const fill = (rows: number, now: number): boolean =>
    transaction(() => {
      const state = selectState.get();
      if (state === undefined || state.next_pepper === null) return false;
      const { id, pepper } = pepperOf(state.next_pepper);
      const bound = selectBound.all(state.hashed_medium, state.hashed_address, rows);
      for (const { hash, mxid } of hashedUnder(pepper, bound)) upsert.run(id, hash, mxid);
      const last = bound.at(-1);
      if (last === undefined || bound.length < rows) makeCurrent.run(now);
      else advance.run(last.medium, last.address, bound.length, now);
      return bound.length === rows;
    });

  const oldPepper = (state: StateRow): number | undefined =>
    state.current_pepper === null ? undefined : selectOld.get(state.current_pepper);

  const sweep = (now: number): boolean =>
    transaction(() => {
      const state = selectState.get();
      const old = state === undefined ? undefined : oldPepper(state);
      if (old === undefined) return false;
      const boundary = selectBoundary.get(old, rowsOfSweep);
      if (boundary === undefined) {
        eraseHashes.run(old);
        erasePepper.run(old);
      } else {
        eraseBefore.run(old, boundary);
      }
      noteWork.run(now);
      return true;
    });

  const begin = (pepper: string, now: number, unlessAfter: number): boolean =>
    transaction(() => {
      const state = selectState.get();
      if (state === undefined || state.next_pepper !== null || state.current_pepper === null) return false;
      if (pepperOf(state.current_pepper).created_at > unlessAfter) return false;
      setNext.run(insertPepper.run(pepper, now).lastInsertRowid, now);
      return true;
    });

  const stateOf = (): PepperState => {
    const state = selectState.get();
    if (state === undefined || state.current_pepper === null) throw new Error("there is no lookup pepper yet");
    const given = ({ pepper, created_at: createdAt }: PepperRow) => ({ pepper, createdAt });
    return {
      current: given(pepperOf(state.current_pepper)),
      next: state.next_pepper === null ? undefined : { ...given(pepperOf(state.next_pepper)), hashed: state.hashed },
      sweeping: oldPepper(state) !== undefined,
      workedAt: state.worked_at,
    };
  };

  return {
    state: async () => stateOf(),
    begin: async (pepper, now, unlessAfter = Number.MAX_SAFE_INTEGER) => begin(pepper, now, unlessAfter),
    step: async (now) => {
      if (selectState.get()?.next_pepper != null) {
        fill(rowsOfStep, now);
        return true;
      }
      return sweep(now);
    },
    beginFirst: (pepper, now) =>
      transaction(() => {
        if (selectState.get() === undefined) insertState.run(insertPepper.run(pepper, now).lastInsertRowid, now);
      }),
    fill,
  };
};

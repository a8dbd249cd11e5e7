/**
 * All hashes under the current pepper in memory, for as long as nobody else writes to the file.
 *
 * What this process writes is doubted before it is committed, and read from the file when it is asked for next: so it
 * makes no difference whether the commit comes about. That another process, or another connection of this one, has
 * committed is told by SQLite's `data_version`, which changes then at the latest: from that turn of the event loop on
 * lookups are answered from the file, until it has been left alone for a while and was read anew.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Holding } from "../../ports/lookup-hashes.js";
import { doubted, type LookupTable, lookupTable } from "../lookup-table.js";
import type { SqliteConnection } from "./connection.js";

type Find = (hash: Uint8Array) => string | undefined;

export interface HeldLookups {
  /** As the port's `LookupHashes` has it. */
  hold(holding: Holding): Promise<void>;
  /**
   * How to find who has a hash under this pepper, by its id, within this turn; `inFile` is how to find it in the file.
   * Undefined where nothing is held that still holds.
   */
  under(pepper: number, inFile: Find): Find | undefined;
  /** To be told in the transaction that changes who has the hash. */
  doubt(pepper: number, hash: Uint8Array): void;
}

interface Pace {
  /** Read between two requests. */
  readonly rowsAtOnce: number;
  readonly pauseMs: number;
  /** How often the file is looked at when nobody asks. */
  readonly lookMs: number;
  /** How long it is left alone when somebody else has written. */
  readonly quietMs: number;
}

/** So many rows are half a millisecond's work. */
const gently: Pace = { rowsAtOnce: 500, pauseMs: 2, lookMs: 1_000, quietMs: 5_000 };

/** What the table was filled from: as long as both are the same, nobody else has changed what it says. */
interface Source {
  readonly version: number | undefined;
  readonly pepper: number | undefined;
}

interface Held {
  readonly table: LookupTable;
  readonly source: Source;
  /** Whether all hashes are in it: whatever it does not have nobody has. */
  readonly whole: boolean;
}

/** An end that is told meanwhile is no failure: whoever waits looks for it. */
const pause = (
  milliseconds: number,
  options: { readonly signal: AbortSignal; readonly ref?: boolean },
): Promise<void> => sleep(milliseconds, undefined, options).catch(() => undefined);

/** One for a connection: what is written by way of another would not be doubted. */
export const heldLookupsOf = (connection: SqliteConnection): HeldLookups => {
  const known = ofConnections.get(connection.database);
  if (known !== undefined) return known;
  const made = heldLookups(connection);
  ofConnections.set(connection.database, made);
  return made;
};

const ofConnections = new WeakMap<SqliteConnection["database"], HeldLookups>();

export const heldLookups = (
  { database, reader }: SqliteConnection,
  { rowsAtOnce, pauseMs, lookMs, quietMs } = gently,
): HeldLookups => {
  // By the connection that writes, to which its own commits are no change.
  const selectVersion = database.prepare<[], number>("PRAGMA data_version").pluck();
  const selectPepper = database
    .prepare<[], number>("SELECT current_pepper FROM lookup_state WHERE only_row = 1")
    .pluck();
  const selectAfter = database
    .prepare<[number, Uint8Array, number], [hash: Uint8Array, mxid: string]>(
      "SELECT hash, mxid FROM lookup_hashes WHERE pepper = ? AND hash > ? ORDER BY hash LIMIT ?",
    )
    .raw();
  const versionOfTurn = reader.once(() => selectVersion.get());

  const sourceNow = (): Source => ({ version: selectVersion.get(), pepper: selectPepper.get() });
  const isUnchanged = (source: Source): boolean => {
    const { version, pepper } = sourceNow();
    return source.version === version && source.pepper === pepper;
  };

  let held: Held | undefined;
  /** How the file was left when it was found changed. */
  let left: Source | undefined;
  const drop = (): void => {
    held?.table.clear();
    held = undefined;
  };

  /** Ends early when the file has changed, or nobody wants it any more. Answers whether there is room for all. */
  const fill = async (table: LookupTable, source: Source, { limitBytes, signal }: Holding): Promise<boolean> => {
    held = { table, source, whole: false };
    let after: Uint8Array = new Uint8Array();
    while (source.pepper !== undefined && !signal.aborted) {
      const rows = selectAfter.all(source.pepper, after, rowsAtOnce);
      if (!isUnchanged(source)) break;
      for (const [hash, mxid] of rows) table.set(hash, mxid);
      if (table.size().bytes > limitBytes) return false;
      after = rows.at(-1)?.[0] ?? after;
      if (rows.length < rowsAtOnce) {
        held = { table, source, whole: true };
        reader.forget();
        break;
      }
      await pause(pauseMs, { signal });
    }
    return true;
  };

  /** One look at the file; answers how long nothing has to be done (ms), or undefined when it is never to be held. */
  const look = async (table: LookupTable, holding: Holding): Promise<number | undefined> => {
    const seen = held?.source ?? left;
    if (seen !== undefined && !isUnchanged(seen)) {
      drop();
      left = sourceNow();
      return quietMs;
    }
    if (held === undefined && !(await fill(table, sourceNow(), holding))) return undefined;
    const { bytes, wasted } = table.size();
    // What was replaced takes room, too: read anew it may be less.
    if (bytes > holding.limitBytes || wasted * 2 > bytes) drop();
    return lookMs;
  };

  return {
    hold: async (holding) => {
      const { random, log, signal } = holding;
      const table = lookupTable(random);
      let told = "";
      const failed = (error: unknown): number => {
        drop();
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told) log.warn("hashes could not be read into memory", { reason });
        told = reason;
        return quietMs;
      };
      while (!signal.aborted) {
        const restMs = await look(table, holding).catch(failed);
        if (restMs === undefined) break;
        await pause(restMs, { ref: false, signal });
      }
      drop();
    },
    under: (pepper, inFile) => {
      // What is read within a transaction may be undone.
      if (database.inTransaction) return undefined;
      if (held?.whole !== true || held.source.pepper !== pepper || held.source.version !== versionOfTurn())
        return undefined;
      const { table } = held;
      return (hash) => {
        const known = table.find(hash);
        if (known !== doubted) return known;
        const found = inFile(hash);
        table.set(hash, found);
        return found;
      };
    },
    doubt: (pepper, hash) => {
      // Under another pepper it would do no harm, and take room.
      if (held?.source.pepper === pepper) held.table.doubt(hash);
    },
  };
};

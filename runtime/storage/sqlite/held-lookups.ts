/**
 * All hashes under the current pepper in memory, for as long as nobody else writes to the file.
 *
 * What this process writes is doubted before it is committed, and read from the file when it is asked for next: so it
 * makes no difference whether the commit comes about. That another process, or another connection of this one, has
 * committed is told by SQLite's `data_version`, which changes then and only then: from that turn of the event loop on
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
  const drop = (): void => {
    held?.table.clear();
    held = undefined;
  };

  /** Ends early when the file has changed, when there is no more room, or when nobody wants it any more. */
  const fill = async (table: LookupTable, source: Source, { limitBytes, signal }: Holding): Promise<void> => {
    held = { table, source, whole: false };
    let after: Uint8Array = new Uint8Array();
    while (source.pepper !== undefined && !signal.aborted) {
      const rows = selectAfter.all(source.pepper, after, rowsAtOnce);
      if (!isUnchanged(source) || table.size().bytes > limitBytes) return;
      for (const [hash, mxid] of rows) table.set(hash, mxid);
      after = rows.at(-1)?.[0] ?? after;
      if (rows.length < rowsAtOnce) {
        held = { table, source, whole: true };
        reader.forget();
        return;
      }
      await sleep(pauseMs, undefined, { ref: false });
    }
  };

  /** One look at the file; answers how long nothing has to be done (ms), or undefined when it is never to be held. */
  const look = async (table: LookupTable, holding: Holding): Promise<number | undefined> => {
    if (held !== undefined && !isUnchanged(held.source)) {
      drop();
      return quietMs;
    }
    if (held === undefined) await fill(table, sourceNow(), holding);
    const { bytes, wasted } = table.size();
    if (bytes > holding.limitBytes) return undefined;
    if (wasted * 2 > bytes) drop();
    return lookMs;
  };

  return {
    hold: async (holding) => {
      const { random, log, signal } = holding;
      const table = lookupTable(random);
      while (!signal.aborted) {
        const pause = await look(table, holding).catch((error: unknown) => {
          drop();
          log.warn("hashes could not be read into memory", { reason: error instanceof Error ? error.message : "" });
          return quietMs;
        });
        if (pause === undefined) break;
        // An end that is told meanwhile is no failure.
        await sleep(pause, undefined, { ref: false, signal }).catch(() => undefined);
      }
      drop();
    },
    under: (pepper, inFile) => {
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
      if (held?.source.pepper === pepper) held.table.doubt(hash);
    },
  };
};

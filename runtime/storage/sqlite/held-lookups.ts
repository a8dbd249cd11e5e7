/**
 * All hashes under the current pepper in memory, for as long as nobody else changes who is found.
 *
 * What this process writes is doubted before it is committed, and read from the file when it is asked for next: so it
 * makes no difference whether the commit comes about. What another process has changed, or another connection of this one,
 * is told by `lookup-changes.ts`: from that turn of the event loop on lookups are answered from the file, until it has been
 * left alone for a while and was read anew.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Holding } from "../../ports/lookup-hashes.js";
import type { Random } from "../../ports/random.js";
import { type LookupTable, type LookupTableSize, lookupTable } from "../lookup-table.js";
import type { SqliteConnection } from "./connection.js";
import { lookupChanges } from "./lookup-changes.js";

export interface HeldLookups {
  /** As the port's `LookupHashes` has it. */
  hold(holding: Holding): Promise<void>;
  /**
   * As the port's `LookupHashes` has it, within this turn; of the pepper by its id. `inFile` is how to find one in the
   * file. Undefined where nothing is held that still holds.
   */
  mxidsOf(
    pepper: number,
    hashes: readonly Uint8Array[],
    inFile: (hash: Uint8Array) => string | undefined,
  ): readonly (string | undefined)[] | undefined;
  /** To be told in the transaction that changes who is found by these, each under its pepper; others are told by it. */
  doubt(hashes: readonly PepperedHash[]): void;
}

export interface PepperedHash {
  readonly pepper: number;
  readonly hash: Uint8Array;
}

interface Pace {
  /** Read between two requests. */
  readonly rowsAtOnce: number;
  readonly pauseMs: number;
  /** How often the file is looked at when nobody asks. */
  readonly lookMs: number;
  /** How long it is left alone when somebody else has made a change. */
  readonly quietMs: number;
}

/** So many rows are half a millisecond's work. */
const gently: Pace = { rowsAtOnce: 500, pauseMs: 2, lookMs: 1_000, quietMs: 5_000 };

/** What the table was filled from: as long as both are the same, nobody else has changed what it says. */
interface Source {
  /** By others, until then. */
  readonly changes: number;
  readonly pepper: number | undefined;
}

interface Held {
  readonly table: LookupTable;
  readonly source: Source;
  /** Whether all hashes are in it: whatever it does not have nobody has. */
  readonly whole: boolean;
}

/** Made for fewer it would have to be made anew too often (hashes). */
const fewest = 2_048;
/** The least that a hash for which there is room takes, with the mxid that belongs to it (bytes). */
const leastBytes = 48;

/** Where a hash stands among all that there could be, from 0 to 1. */
const position = (hash: Uint8Array): number => Buffer.from(hash).readUIntBE(0, 6) / 2 ** 48;

/** An end that is told meanwhile is no failure: whoever waits looks for it. */
const pause = (
  milliseconds: number,
  options: { readonly signal: AbortSignal; readonly ref?: boolean },
): Promise<void> => sleep(milliseconds, undefined, options).catch(() => undefined);

const isTooMuch = ({ bytes, wasted }: LookupTableSize, { limitBytes }: Holding): boolean =>
  bytes > limitBytes || wasted * 2 > bytes;

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
  connection: SqliteConnection,
  { rowsAtOnce, pauseMs, lookMs, quietMs } = gently,
): HeldLookups => {
  const { database, reader } = connection;
  const { mark, byOthers } = lookupChanges(connection);
  const selectPepper = database
    .prepare<[], number>("SELECT current_pepper FROM lookup_state WHERE only_row = 1")
    .pluck();
  const selectAfter = database
    .prepare<[number, Uint8Array, number], [hash: Uint8Array, mxid: string]>(
      "SELECT hash, mxid FROM lookup_hashes WHERE pepper = ? AND hash > ? ORDER BY hash LIMIT ?",
    )
    .raw();
  const changesOfTurn = reader.once(byOthers);

  const sourceNow = (): Source => ({ changes: byOthers(), pepper: selectPepper.get() });
  const isUnchanged = (source: Source): boolean => {
    const { changes, pepper } = sourceNow();
    return source.changes === changes && source.pepper === pepper;
  };

  let held: Held | undefined;
  /** How the file was left when it was found changed. */
  let left: Source | undefined;
  /** How many there were at least, where they turned out to be more than expected. */
  let unexpected = 0;
  const drop = (): void => {
    held = undefined;
  };

  /**
   * How many there are, about, judged by those behind a place that nobody knows: hashes are spread evenly, but for what
   * somebody has planted where they expect us to look.
   */
  const expected = (pepper: number, random: Random): number => {
    // In the first half, so that there is always something behind it.
    const from = Uint8Array.from(random.bytes(32), (byte, i) => (i === 0 ? byte >> 1 : byte));
    const rows = selectAfter.all(pepper, from, rowsAtOnce);
    const end = rows.length < rowsAtOnce ? 1 : position(rows.at(-1)?.[0] ?? from);
    return Math.ceil(rows.length / Math.max(end - position(from), Number.EPSILON));
  };

  /**
   * Ends early when the file has changed, there are more than expected, or nobody wants it any more. Answers whether there
   * is room for all.
   */
  const fill = async (source: Source, { limitBytes, random, signal }: Holding): Promise<boolean> => {
    if (source.pepper === undefined) return true;
    const most = Math.ceil(limitBytes / leastBytes);
    const room = Math.min(most, Math.max(expected(source.pepper, random), unexpected, fewest));
    const table = lookupTable(random, room);
    held = { table, source, whole: false };
    let after: Uint8Array = new Uint8Array();
    while (!signal.aborted) {
      const rows = selectAfter.all(source.pepper, after, rowsAtOnce);
      // Meanwhile others have written, or what is doubted has filled it.
      if (held?.table !== table || !isUnchanged(source)) break;
      const isRoom = rows.every(([hash, mxid]) => table.set(hash, mxid));
      const { bytes, hashes } = table.size();
      if (bytes > limitBytes || (!isRoom && room === most)) return false;
      if (!isRoom) {
        unexpected = hashes;
        drop();
        break;
      }
      if (rows.length < rowsAtOnce) {
        held = { table, source, whole: true };
        unexpected = 0;
        reader.forget();
        break;
      }
      after = rows.at(-1)?.[0] ?? after;
      await pause(pauseMs, { signal });
    }
    return true;
  };

  /** One look at the file; answers how long nothing has to be done (ms), or undefined when it is never to be held. */
  const look = async (holding: Holding): Promise<number | undefined> => {
    const seen = held?.source ?? left;
    if (seen !== undefined && !isUnchanged(seen)) {
      drop();
      left = sourceNow();
      return quietMs;
    }
    if (held === undefined && !(await fill(sourceNow(), holding))) return undefined;
    // What was replaced takes room, too: read anew it may be less.
    if (held !== undefined && isTooMuch(held.table.size(), holding)) drop();
    return lookMs;
  };

  return {
    hold: async (holding) => {
      const { log, signal } = holding;
      let told = "";
      const failed = (error: unknown): number => {
        drop();
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told) log.warn("hashes could not be read into memory", { reason });
        told = reason;
        return quietMs;
      };
      while (!signal.aborted) {
        const restMs = await look(holding).catch(failed);
        if (restMs === undefined) break;
        await pause(restMs, { ref: false, signal });
      }
      drop();
    },
    mxidsOf: (pepper, hashes, inFile) => {
      // What is read within a transaction may be undone.
      if (database.inTransaction) return undefined;
      if (held?.whole !== true || held.source.pepper !== pepper) return undefined;
      return held.source.changes === changesOfTurn() ? held.table.find(hashes, inFile) : undefined;
    },
    doubt: (hashes) => {
      mark();
      for (const { pepper, hash } of hashes) {
        // Under another pepper it would do no harm, and take room. What cannot be doubted is not held any more.
        if (held?.source.pepper === pepper && !held.table.doubt(hash)) drop();
      }
    },
  };
};

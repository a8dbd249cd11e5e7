/**
 * Hashes of bound addresses in SQLite. They are written in the transaction of the association they stand for, so that
 * one is never found without the other.
 */

import type Database from "better-sqlite3";
import type { LookupHashes } from "../../ports/lookup-hashes.js";
import { lookupDigest } from "../../protocol/lookup-hash.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";
import { heldLookupsOf, type PepperedHash } from "./held-lookups.js";
import type { SqlitePepperRotation } from "./identity-pepper-rotation.js";

/** Hashed at once while nobody is served yet. */
const rowsAtStart = 10_000;

interface PepperRow {
  readonly id: number;
  readonly pepper: string;
}

/** Keeps the hashes in step with the associations; each step belongs into the transaction of its cause. */
export interface HashedAssociations {
  set(threepid: Threepid, mxid: string): void;
  erase(threepid: Threepid): void;
}

export const sqliteLookupHashes = (
  connection: SqliteConnection,
  rotation: SqlitePepperRotation,
  held = heldLookupsOf(connection),
): { readonly lookupHashes: LookupHashes; readonly hashed: HashedAssociations } => {
  const { database, reader } = connection;
  const selectCurrent = reader.database.prepare<[], PepperRow>(
    "SELECT id, pepper FROM lookup_peppers WHERE id = (SELECT current_pepper FROM lookup_state WHERE only_row = 1)",
  );
  const selectKept = database.prepare<[], PepperRow>(
    `SELECT p.id, p.pepper FROM lookup_state s JOIN lookup_peppers p ON p.id IN (s.current_pepper, s.next_pepper)
     WHERE s.only_row = 1`,
  );
  // Those, and the former ones whose hashes are not all removed.
  const selectAll = database.prepare<[], PepperRow>("SELECT id, pepper FROM lookup_peppers");
  const upsert = database.prepare<[number, Uint8Array, string]>(
    `INSERT INTO lookup_hashes (pepper, hash, mxid) VALUES (?, ?, ?)
     ON CONFLICT (pepper, hash) DO UPDATE SET mxid = excluded.mxid`,
  );
  const remove = database.prepare<[number, Uint8Array]>("DELETE FROM lookup_hashes WHERE pepper = ? AND hash = ?");
  const selectMxid = reader.database
    .prepare<[number, Uint8Array], string>("SELECT mxid FROM lookup_hashes WHERE pepper = ? AND hash = ?")
    .pluck();

  /** They are about to change. */
  const hashesUnder = (peppers: Database.Statement<[], PepperRow>, threepid: Threepid): readonly PepperedHash[] => {
    const hashes = peppers.all().map(({ id, pepper }) => ({ pepper: id, hash: lookupDigest(threepid, pepper) }));
    held.doubt(hashes);
    return hashes;
  };

  const current = reader.once((): PepperRow | undefined => selectCurrent.get());

  // In one view of the file: another process may make the next pepper current meanwhile, and begin to remove these.
  const mxidsOf = (pepper: string, hashes: readonly Uint8Array[]): readonly (string | undefined)[] | undefined =>
    reader.read(() => {
      const row = current();
      if (row?.pepper !== pepper) return undefined;
      // Within one view a statement for each costs less than a list of them, which SQLite sorts into a table first.
      const inFile = (hash: Uint8Array): string | undefined => selectMxid.get(row.id, hash);
      return held.mxidsOf(row.id, hashes, inFile) ?? hashes.map(inFile);
    });

  return {
    lookupHashes: {
      establish: async (pepper, now) => {
        if (current() !== undefined) return;
        rotation.beginFirst(pepper, now);
        while (rotation.fill(rowsAtStart, now));
      },
      pepper: () => {
        const row = current();
        if (row === undefined) throw new Error("there is no lookup pepper: the storage was not established");
        return row.pepper;
      },
      mxidsOf: async (pepper, hashes) => mxidsOf(pepper, hashes),
      hold: held.hold,
    },
    // Under the next pepper, too: what it has been given already must not grow stale. Where there is no pepper there is
    // nothing to keep in step: the first one hashes whatever stands.
    hashed: {
      set: (threepid, mxid) => {
        for (const { pepper, hash } of hashesUnder(selectKept, threepid)) upsert.run(pepper, hash, mxid);
      },
      erase: (threepid) => {
        for (const { pepper, hash } of hashesUnder(selectAll, threepid)) remove.run(pepper, hash);
      },
    },
  };
};

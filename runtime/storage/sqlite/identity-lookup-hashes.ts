/**
 * Hashes of bound addresses in SQLite. They are written in the transaction of the association they stand for, so that
 * one is never found without the other.
 */

import type { LookupHashes } from "../../ports/lookup-hashes.js";
import { lookupDigest } from "../../protocol/lookup-hash.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";

/** Read at once when every association is hashed. */
const batchSize = 1_000;

interface PepperRow {
  readonly id: number;
  readonly pepper: string;
}

interface BoundRow extends Threepid {
  readonly mxid: string;
}

/** Keeps the hashes in step with the associations; each step belongs into the transaction of its cause. */
export interface HashedAssociations {
  set(threepid: Threepid, mxid: string): void;
  erase(threepid: Threepid): void;
}

export const sqliteLookupHashes = ({
  database,
  transaction,
}: SqliteConnection): { readonly lookupHashes: LookupHashes; readonly hashed: HashedAssociations } => {
  const selectCurrent = database.prepare<[], PepperRow>(
    "SELECT id, pepper FROM lookup_peppers WHERE id = (SELECT current_pepper FROM lookup_state WHERE only_row = 1)",
  );
  const insertPepper = database.prepare<[string, number]>(
    "INSERT INTO lookup_peppers (pepper, created_at) VALUES (?, ?)",
  );
  const insertState = database.prepare<[number | bigint]>(
    "INSERT INTO lookup_state (only_row, current_pepper) VALUES (1, ?)",
  );
  const upsert = database.prepare<[number | bigint, Uint8Array, string]>(
    `INSERT INTO lookup_hashes (pepper, hash, mxid) VALUES (?, ?, ?)
     ON CONFLICT (pepper, hash) DO UPDATE SET mxid = excluded.mxid`,
  );
  const remove = database.prepare<[number, Uint8Array]>("DELETE FROM lookup_hashes WHERE pepper = ? AND hash = ?");
  const selectMxid = database
    .prepare<[number, Uint8Array], string>("SELECT mxid FROM lookup_hashes WHERE pepper = ? AND hash = ?")
    .pluck();
  const selectBound = database.prepare<[string, string, number], BoundRow>(
    `SELECT medium, address, mxid FROM associations WHERE (medium, address) > (?, ?)
     ORDER BY medium, address LIMIT ?`,
  );

  const establish = (pepper: string, now: number): void =>
    transaction(() => {
      if (selectCurrent.get() !== undefined) return;
      const id = insertPepper.run(pepper, now).lastInsertRowid;
      insertState.run(id);
      let last: Threepid | undefined;
      do {
        const bound = selectBound.all(last?.medium ?? "", last?.address ?? "", batchSize);
        for (const { mxid, ...threepid } of bound) upsert.run(id, lookupDigest(threepid, pepper), mxid);
        last = bound.at(-1);
      } while (last !== undefined);
    });

  return {
    lookupHashes: {
      establish: async (pepper, now) => establish(pepper, now),
      pepper: async () => {
        const row = selectCurrent.get();
        if (row === undefined) throw new Error("there is no lookup pepper: the storage was not established");
        return row.pepper;
      },
      mxidsOf: async (pepper, hashes) => {
        const row = selectCurrent.get();
        return row?.pepper === pepper
          ? hashes.map((hash) => selectMxid.get(row.id, hash))
          : hashes.map(() => undefined);
      },
    },
    // Where there is no pepper there is nothing to keep in step: the first one hashes whatever stands.
    hashed: {
      set: (threepid, mxid) => {
        const row = selectCurrent.get();
        if (row !== undefined) upsert.run(row.id, lookupDigest(threepid, row.pepper), mxid);
      },
      erase: (threepid) => {
        const row = selectCurrent.get();
        if (row !== undefined) remove.run(row.id, lookupDigest(threepid, row.pepper));
      },
    },
  };
};

/** Dropping what has grown old, a bounded number of rows at a time: nobody waits for a million. */

import type { SqliteConnection } from "./connection.js";

/** Drops rows older than `ts` (ms), the oldest first, at most `limit` of them; answers how many. */
export type DropAged = (ts: number, limit: number) => Promise<number>;

/** @param age the column that holds when a row was made, with an index on it */
export const dropAged = (
  { database, transaction }: SqliteConnection,
  table: string,
  primaryKey: string,
  age: string,
): DropAged => {
  const statement = database.prepare<[number, number]>(
    `DELETE FROM ${table} WHERE (${primaryKey}) IN
       (SELECT ${primaryKey} FROM ${table} WHERE ${age} < ? ORDER BY ${age} LIMIT ?)`,
  );
  return async (ts, limit) => transaction(() => statement.run(ts, limit).changes);
};

/** Many rows by their keys, in few statements: what crosses into SQLite once for each key is most of a long lookup. */

import type Database from "better-sqlite3";

/** How many keys a statement takes. Few sizes, so that each is prepared once. */
const sizes = [128, 32, 8, 2, 1] as const;

/**
 * @param sql the statement for a scope and this list of placeholders, `?,?,?`
 * @returns the rows that there are, in no order
 */
export const selectByKeys = <Scope, Key, Row>(
  database: Database.Database,
  sql: (placeholders: string) => string,
): ((scope: Scope, keys: readonly Key[]) => readonly Row[]) => {
  const statements = sizes.map((size) => ({
    size,
    statement: database.prepare<[Scope, ...Key[]], Row>(sql(Array.from({ length: size }, () => "?").join(","))),
  }));
  return (scope, keys) => {
    const rows: Row[] = [];
    let begin = 0;
    for (const { size, statement } of statements) {
      for (; begin + size <= keys.length; begin += size) {
        rows.push(...statement.all(scope, ...keys.slice(begin, begin + size)));
      }
    }
    return rows;
  };
};

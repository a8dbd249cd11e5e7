import type { StorageProbe } from "../../ports/storage-probe.js";
import type { SqliteConnection } from "./connection.js";

/**
 * Writes a number of the file's head, which is nobody's, over itself: that is a page in the log and a sync, as with any
 * commit, so that a full disk, a file that may not be written and a lock that stays are found out.
 */
export const sqliteProbe = ({ database, write }: SqliteConnection): StorageProbe => ({
  probe: () =>
    write(() => {
      const version = Number(database.pragma("user_version", { simple: true }));
      database.pragma(`user_version = ${version}`);
    }),
});

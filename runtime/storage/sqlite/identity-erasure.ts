/** Erasing a threepid from every table, and what it stood on from the file. */

import type { Erased } from "../../ports/associations.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";
import type { HashedAssociations } from "./identity-lookup-hashes.js";
import { outboxErase } from "./outbox.js";

export const sqliteErasure = (
  connection: SqliteConnection,
  hashed: HashedAssociations,
): ((threepid: Threepid, now: number) => Promise<Erased>) => {
  const { database, write, emptyLog } = connection;
  const eraseOutbox = outboxErase(connection);
  const associations = database.prepare<[string, string]>("DELETE FROM associations WHERE medium = ? AND address = ?");
  const invites = database.prepare<[string, string]>("DELETE FROM invites WHERE medium = ? AND address = ?");
  // Two statements, for each has an index of its own.
  const sessions = [0, 1].map((superseded) =>
    database.prepare<[string, string]>(
      `DELETE FROM validation_sessions WHERE address = ? AND medium = ? AND superseded = ${superseded}`,
    ),
  );

  // A rotation of the pepper notes how far it came by an address. The one before it will do as well.
  const stepBack = database.prepare<Threepid>(
    `UPDATE lookup_state SET
       hashed_medium = ifnull((SELECT medium FROM associations WHERE (medium, address) < (@medium, @address)
         ORDER BY medium DESC, address DESC LIMIT 1), ''),
       hashed_address = ifnull((SELECT address FROM associations WHERE (medium, address) < (@medium, @address)
         ORDER BY medium DESC, address DESC LIMIT 1), '')
     WHERE only_row = 1 AND hashed_medium = @medium AND hashed_address = @address`,
  );

  return async (threepid, now) => {
    const { medium, address } = threepid;
    const erased = await write(() => {
      hashed.erase(threepid);
      stepBack.run({ medium, address });
      return {
        associations: associations.run(medium, address).changes,
        invites: invites.run(medium, address).changes,
        validationSessions: sessions.reduce((sum, statement) => sum + statement.run(address, medium).changes, 0),
        outboxEntries: eraseOutbox(threepid, now),
      };
    });
    // The log still holds the pages as they were. While another process reads it, it is left to the next checkpoint.
    emptyLog();
    return erased;
  };
};

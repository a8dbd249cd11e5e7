/** Pending invites in SQLite. Claiming them is part of a bind, see identity-associations. */

import type { Invites } from "../../ports/invites.js";
import type { SqliteConnection } from "./connection.js";
import { outboxInsert } from "./outbox.js";

export const sqliteInvites = (connection: SqliteConnection): Invites => {
  const { database, write } = connection;
  const addToOutbox = outboxInsert(connection);
  const selectMxid = database
    .prepare<[string, string], string>("SELECT mxid FROM associations WHERE medium = ? AND address = ?")
    .pluck();
  const insert = database.prepare<[string, string, string, string, string, string, string, number]>(
    `INSERT INTO invites (token, medium, address, room_id, sender, ephemeral_public_key, details, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectSender = database.prepare<[string], string>("SELECT sender FROM invites WHERE token = ?").pluck();
  const selectKey = database.prepare<[string], 1>("SELECT 1 FROM invites WHERE ephemeral_public_key = ?").pluck();

  return {
    store: ({ token, medium, address, roomId, sender, ephemeralPublicKey, details, receivedAt }, mail) =>
      write(() => {
        const mxid = selectMxid.get(medium, address);
        if (mxid !== undefined) return { outcome: "in-use", mxid };
        insert.run(token, medium, address, roomId, sender, ephemeralPublicKey, JSON.stringify(details), receivedAt);
        addToOutbox(mail);
        return { outcome: "stored" };
      }),
    senderOf: async (token) => selectSender.get(token),
    hasEphemeralKey: async (publicKey) => selectKey.get(publicKey) !== undefined,
  };
};

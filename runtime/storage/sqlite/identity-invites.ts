/** Pending invites in SQLite. Claiming them is part of a bind, see identity-associations. */

import type { Invites } from "../../ports/invites.js";
import { dropAged } from "./aged-rows.js";
import type { SqliteConnection } from "./connection.js";
import { outboxInsert } from "./outbox.js";

export const sqliteInvites = (connection: SqliteConnection): Invites => {
  const { database, write } = connection;
  const addToOutbox = outboxInsert(connection);
  const dropExpiredBefore = dropAged(connection, "invites", "id", "expires_at");
  const selectMxid = database
    .prepare<[string, string], string>("SELECT mxid FROM associations WHERE medium = ? AND address = ?")
    .pluck();
  const insert = database.prepare<[string, string, string, string, string, string, string, number, number | null]>(
    `INSERT INTO invites (token, medium, address, room_id, sender, ephemeral_public_key, details, received_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const waiting = "claimed_by IS NULL AND (expires_at IS NULL OR expires_at > ?)";
  const selectSender = database
    .prepare<[string, number], string>(`SELECT sender FROM invites WHERE token = ? AND ${waiting}`)
    .pluck();
  const selectKey = database
    .prepare<[string, number], 1>(`SELECT 1 FROM invites WHERE ephemeral_public_key = ? AND ${waiting}`)
    .pluck();
  const selectImportedKey = database
    .prepare<[string], 1>("SELECT 1 FROM imported_ephemeral_keys WHERE public_key = ?")
    .pluck();
  const deliver = database.prepare<[number, string]>("UPDATE invites SET delivered_at = ? WHERE token = ?");

  return {
    store: (invite, mail) =>
      write(() => {
        const { token, medium, address, roomId, sender, ephemeralPublicKey, receivedAt, expiresAt = null } = invite;
        const mxid = selectMxid.get(medium, address);
        if (mxid !== undefined) return { outcome: "in-use", mxid };
        const details = JSON.stringify(invite.details);
        insert.run(token, medium, address, roomId, sender, ephemeralPublicKey, details, receivedAt, expiresAt);
        addToOutbox(mail);
        return { outcome: "stored" };
      }),
    senderOf: async (token, now) => selectSender.get(token, now),
    hasEphemeralKey: async (publicKey, now) =>
      (selectKey.get(publicKey, now) ?? selectImportedKey.get(publicKey)) !== undefined,
    markDelivered: (tokens, now) =>
      write(() => {
        for (const token of tokens) deliver.run(now, token);
      }),
    dropExpired: (time, limit) => dropExpiredBefore(time + 1, limit),
  };
};

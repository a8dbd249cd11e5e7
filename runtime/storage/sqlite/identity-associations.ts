/** Associations in SQLite. Bind and lookups are hot: their statements are prepared once. */

import type { Associations, ClaimedInvite, SignedAssociation } from "../../ports/associations.js";
import type { Signatures } from "../../protocol/signed-json.js";
import type { Medium } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";
import { sqliteErasure } from "./identity-erasure.js";
import type { HashedAssociations } from "./identity-lookup-hashes.js";
import { outboxInsert } from "./outbox.js";

export interface AssociationRow {
  readonly medium: Medium;
  readonly address: string;
  readonly mxid: string;
  readonly ts: number;
  readonly not_before: number;
  readonly not_after: number;
  readonly signatures: string;
}

interface InviteRow {
  readonly token: string;
  readonly room_id: string;
  readonly sender: string;
  readonly delivered_at: number | null;
}

export const associationOf = (row: AssociationRow): SignedAssociation => ({
  medium: row.medium,
  address: row.address,
  mxid: row.mxid,
  ts: row.ts,
  notBefore: row.not_before,
  notAfter: row.not_after,
  signatures: JSON.parse(row.signatures) as Signatures, // this file alone writes the column
});

const claimedInviteOf = (row: InviteRow): ClaimedInvite => ({
  token: row.token,
  roomId: row.room_id,
  sender: row.sender,
});

export const sqliteAssociations = (connection: SqliteConnection, hashed: HashedAssociations): Associations => {
  const { database, write, reader } = connection;
  const upsert = database.prepare<[string, string, string, number, number, number, string]>(
    `INSERT INTO associations (medium, address, mxid, ts, not_before, not_after, signatures)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (medium, address) DO UPDATE SET mxid = excluded.mxid, ts = excluded.ts,
       not_before = excluded.not_before, not_after = excluded.not_after, signatures = excluded.signatures`,
  );
  const addToOutbox = outboxInsert(connection);
  const claim = database.prepare<[string, number, string, string, number]>(
    `UPDATE invites SET claimed_by = ?, claimed_at = ?
     WHERE medium = ? AND address = ? AND claimed_by IS NULL AND (expires_at IS NULL OR expires_at > ?)`,
  );
  const claimedBy = database.prepare<[string, string, string, number], InviteRow>(
    `SELECT token, room_id, sender, delivered_at FROM invites
     WHERE medium = ? AND address = ? AND claimed_by = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id`,
  );
  const erase = database.prepare<[string, string, string]>(
    "DELETE FROM associations WHERE medium = ? AND address = ? AND mxid = ?",
  );
  const select = reader.database.prepare<[string, string], AssociationRow>(
    "SELECT * FROM associations WHERE medium = ? AND address = ?",
  );
  const selectMxid = reader.database
    .prepare<[string, string], string>("SELECT mxid FROM associations WHERE medium = ? AND address = ?")
    .pluck();

  return {
    bind: async ({ medium, address, mxid, ts, notBefore, notAfter, signatures }, notice) => {
      const text = JSON.stringify(signatures);
      return write(() => {
        upsert.run(medium, address, mxid, ts, notBefore, notAfter, text);
        hashed.set({ medium, address }, mxid);
        claim.run(mxid, ts, medium, address, ts);
        const claimed = claimedBy.all(medium, address, mxid, ts);
        const entry = notice?.(claimed.filter((invite) => invite.delivered_at === null).map(claimedInviteOf));
        if (entry !== undefined) addToOutbox(entry);
        return claimed.map(claimedInviteOf);
      });
    },
    unbind: ({ medium, address }, mxid) =>
      write(() => {
        const stood = erase.run(medium, address, mxid).changes > 0;
        if (stood) hashed.erase({ medium, address });
        return stood;
      }),
    erase: sqliteErasure(connection, hashed),
    find: async ({ medium, address }) => {
      const row = reader.read(() => select.get(medium, address));
      return row === undefined ? undefined : associationOf(row);
    },
    mxidsOf: async (threepids) =>
      reader.read(() => threepids.map(({ medium, address }) => selectMxid.get(medium, address))),
  };
};

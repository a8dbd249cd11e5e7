/** Taking over another server's data, in one transaction. */

import type { ImportedInvite, ImportedSession, ImportTarget } from "../../ports/identity-import.js";
import type { SqliteConnection } from "./connection.js";
import type { HashedAssociations } from "./identity-lookup-hashes.js";
import { sqliteLookupHashes } from "./identity-lookup-hashes.js";
import { sqlitePepperRotation } from "./identity-pepper-rotation.js";

/** Whose an invite is that was delivered before it came here: the name of no user. */
const deliveredElsewhere = "";

interface LivingRow {
  readonly sid: string;
  readonly changed_at: number;
}

type Statements = Pick<SqliteConnection, "database">;

const associations = (
  { database }: Statements,
  hashed: HashedAssociations,
): Pick<ImportTarget, "boundAt" | "putAssociation" | "removeAssociation"> => {
  const selectTs = database
    .prepare<[string, string], number>("SELECT ts FROM associations WHERE medium = ? AND address = ?")
    .pluck();
  const upsert = database.prepare<[string, string, string, number, number, number, string]>(
    `INSERT INTO associations (medium, address, mxid, ts, not_before, not_after, signatures)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (medium, address) DO UPDATE SET mxid = excluded.mxid, ts = excluded.ts,
       not_before = excluded.not_before, not_after = excluded.not_after, signatures = excluded.signatures`,
  );
  const remove = database.prepare<[string, string]>("DELETE FROM associations WHERE medium = ? AND address = ?");
  return {
    boundAt: ({ medium, address }) => selectTs.get(medium, address),
    putAssociation: ({ medium, address, mxid, ts, notBefore, notAfter, signatures }) => {
      upsert.run(medium, address, mxid, ts, notBefore, notAfter, JSON.stringify(signatures));
      hashed.set({ medium, address }, mxid);
      return true;
    },
    removeAssociation: (threepid) => {
      const stood = remove.run(threepid.medium, threepid.address).changes > 0;
      if (stood) hashed.erase(threepid);
      return stood;
    },
  };
};

const sessions = ({ database }: Statements): Pick<ImportTarget, "putSession"> => {
  const selectLiving = database.prepare<[string, string, string], LivingRow>(
    `SELECT sid, changed_at FROM validation_sessions
     WHERE address = ? AND client_secret = ? AND medium = ? AND superseded = 0`,
  );
  const supersede = database.prepare<[string]>("UPDATE validation_sessions SET superseded = 1 WHERE sid = ?");
  const upsert = database.prepare<
    ImportedSession & { superseded: 0 | 1; validated: number | null; attempt: number | null }
  >(
    `INSERT INTO validation_sessions (sid, medium, address, destination, client_secret, token, next_link,
       send_attempt, wrong_tokens, created_at, changed_at, validated_at, superseded)
     VALUES (@sid, @medium, @address, @destination, @clientSecret, @token, NULL,
       @attempt, 0, @changedAt, @changedAt, @validated, @superseded)
     ON CONFLICT (sid) DO UPDATE SET token = excluded.token, send_attempt = excluded.send_attempt,
       changed_at = excluded.changed_at, validated_at = excluded.validated_at, superseded = excluded.superseded
     WHERE excluded.changed_at >= changed_at AND excluded.client_secret = client_secret
       AND excluded.address = address`,
  );
  return {
    putSession: (session) => {
      const { sid, address, clientSecret, medium, changedAt, validatedAt, sendAttempt } = session;
      const living = selectLiving.get(address, clientSecret, medium);
      const isNewer = living === undefined || living.sid === sid || living.changed_at <= changedAt;
      if (isNewer && living !== undefined && living.sid !== sid) supersede.run(living.sid);
      const values = { validated: validatedAt ?? null, attempt: sendAttempt ?? null };
      return upsert.run({ ...session, ...values, superseded: isNewer ? 0 : 1 }).changes > 0;
    },
  };
};

const invites = ({ database }: Statements): Pick<ImportTarget, "putInvite" | "addEphemeralKey"> => {
  type Values = [string, string, string, string, string, string, number, string | null, number | null, number | null];
  const upsert = database.prepare<Values>(
    `INSERT INTO invites (token, medium, address, room_id, sender, ephemeral_public_key, details, received_at,
       claimed_by, claimed_at, delivered_at)
     VALUES (?, ?, ?, ?, ?, ?, '{}', ?, ?, ?, ?)
     ON CONFLICT (token) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at,
       delivered_at = excluded.delivered_at
     WHERE claimed_by IS NULL AND excluded.claimed_by IS NOT NULL`,
  );
  const insertKey = database.prepare<[string, number]>(
    "INSERT INTO imported_ephemeral_keys (public_key, made_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  return {
    putInvite: ({
      token,
      medium,
      address,
      roomId,
      sender,
      ephemeralPublicKey,
      receivedAt,
      deliveredAt,
    }: ImportedInvite) => {
      const claimedBy = deliveredAt === undefined ? null : deliveredElsewhere;
      const given = [token, medium, address, roomId, sender, ephemeralPublicKey] as const;
      const at = deliveredAt ?? null;
      return upsert.run(...given, receivedAt, claimedBy, at, at).changes > 0;
    },
    addEphemeralKey: (publicKey, madeAt) => insertKey.run(publicKey, madeAt).changes > 0,
  };
};

/**
 * Does the work in one transaction, and then commits it, or undoes it when it is not to be kept, or throws. Nobody else
 * may use the connection meanwhile.
 */
export const inOneTransaction = async <T>(
  { database }: Pick<SqliteConnection, "database">,
  keep: boolean,
  work: () => Promise<T>,
): Promise<T> => {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = await work();
    database.exec(keep ? "COMMIT" : "ROLLBACK");
    return result;
  } catch (error) {
    // A full disk has ended it already.
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
};

/** Writes within the transaction that is open. */
export const sqliteImportTarget = (connection: SqliteConnection): ImportTarget => {
  const { database } = connection;
  const { hashed } = sqliteLookupHashes(connection, sqlitePepperRotation(connection));
  const remember = database.prepare<[Uint8Array]>(
    "INSERT INTO imported_facts (digest) VALUES (?) ON CONFLICT DO NOTHING",
  );
  const insertToken = database.prepare<[string, string, number]>(
    "INSERT INTO access_tokens (hash, mxid, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const insertTerms = database.prepare<[string, string, number]>(
    "INSERT INTO accepted_terms (mxid, url, accepted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  return {
    isNew: (digest) => remember.run(digest).changes > 0,
    ...associations(connection, hashed),
    addAccessToken: (hash, mxid, createdAt) => insertToken.run(hash, mxid, createdAt).changes > 0,
    acceptTerms: (mxid, url, at) => insertTerms.run(mxid, url, at).changes > 0,
    ...sessions(connection),
    ...invites(connection),
  };
};

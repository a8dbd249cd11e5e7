import type { ValidationSession, ValidationSessions } from "../../ports/validation-sessions.js";
import type { Medium } from "../../protocol/threepid.js";
import { sameSecret } from "../../protocol/tokens.js";
import type { ValidationSessionsTable } from "./base-schema.js";
import type { SqliteConnection } from "./connection.js";

const fromRow = (row: ValidationSessionsTable): ValidationSession => ({
  sid: row.sid,
  medium: row.medium as Medium, // written by resumeOrOpen alone, from a Medium
  address: row.address,
  destination: row.destination,
  clientSecret: row.client_secret,
  token: row.token,
  nextLink: row.next_link ?? undefined,
  sendAttempt: row.send_attempt ?? undefined,
  wrongTokens: row.wrong_tokens,
  changedAt: row.changed_at,
  validatedAt: row.validated_at ?? undefined,
});

/** Validation sessions in SQLite: prepared statements, and commits that requests share. */
export const sqliteValidationSessions = <Schema>({ database, write }: SqliteConnection<Schema>): ValidationSessions => {
  const bySid = database.prepare<[string], ValidationSessionsTable>("SELECT * FROM validation_sessions WHERE sid = ?");
  const current = database.prepare<[string, string, string], ValidationSessionsTable>(
    "SELECT * FROM validation_sessions WHERE address = ? AND client_secret = ? AND medium = ? AND superseded = 0",
  );
  const supersede = database.prepare<[string]>("UPDATE validation_sessions SET superseded = 1 WHERE sid = ?");
  const insert = database.prepare<ValidationSessionsTable>(
    `INSERT INTO validation_sessions (sid, medium, address, destination, client_secret, token, next_link,
       send_attempt, wrong_tokens, created_at, changed_at, validated_at, superseded)
     VALUES (@sid, @medium, @address, @destination, @client_secret, @token, @next_link,
       @send_attempt, @wrong_tokens, @created_at, @changed_at, @validated_at, @superseded)`,
  );
  const recordSend = database.prepare<{ sid: string; attempt: number; nextLink: string | null }>(
    `UPDATE validation_sessions SET send_attempt = @attempt, next_link = @nextLink
     WHERE sid = @sid AND (send_attempt IS NULL OR send_attempt < @attempt)`,
  );
  const validate = database.prepare<[number, number, string]>(
    "UPDATE validation_sessions SET validated_at = ?, changed_at = ? WHERE sid = ?",
  );
  const countWrong = database.prepare<[string]>(
    "UPDATE validation_sessions SET wrong_tokens = wrong_tokens + 1 WHERE sid = ?",
  );
  const deleteOld = database.prepare<{ time: number; limit: number }>(
    `DELETE FROM validation_sessions WHERE sid IN
       (SELECT sid FROM validation_sessions WHERE created_at <= @time AND changed_at <= @time
        ORDER BY created_at LIMIT @limit)`,
  );
  const deleteOne = database.prepare<[string]>("DELETE FROM validation_sessions WHERE sid = ?");

  return {
    living: async ({ medium, address }, clientSecret, end) => {
      const row = current.get(address, clientSecret, medium);
      return row === undefined || hasEnded(row, end) ? undefined : fromRow(row);
    },
    resumeOrOpen: (candidate, end) =>
      write(() => {
        const old = current.get(candidate.address, candidate.clientSecret, candidate.medium);
        if (old !== undefined && !hasEnded(old, end)) return fromRow(old);
        if (old !== undefined) supersede.run(old.sid);
        const row: ValidationSessionsTable = {
          sid: candidate.sid,
          medium: candidate.medium,
          address: candidate.address,
          destination: candidate.destination,
          client_secret: candidate.clientSecret,
          token: candidate.token,
          next_link: candidate.nextLink ?? null,
          send_attempt: null,
          wrong_tokens: 0,
          created_at: candidate.createdAt,
          changed_at: candidate.createdAt,
          validated_at: null,
          superseded: 0,
        };
        insert.run(row);
        return fromRow(row);
      }),
    find: async (sid) => {
      const row = bySid.get(sid);
      return row === undefined ? undefined : fromRow(row);
    },
    recordSend: async (sid, attempt, nextLink) => {
      await write(() => recordSend.run({ sid, attempt, nextLink: nextLink ?? null }));
    },
    submit: (sid, token, now, end) =>
      write(() => {
        const row = bySid.get(sid);
        if (row === undefined) return "unknown";
        if (hasEnded(row, end)) return "ended";
        const matches = sameSecret(token, row.token);
        if (row.validated_at !== null) return matches ? "validated" : "wrong-token";
        if (matches) validate.run(now, now, sid);
        else countWrong.run(sid);
        return matches ? "validated" : "wrong-token";
      }),
    deleteChangedBefore: async (time, limit) => deleteOld.run({ time, limit }).changes,
    delete: async (sid) => {
      deleteOne.run(sid);
    },
  };
};

const hasEnded = (
  row: ValidationSessionsTable,
  { expiredBefore, maxWrongTokens }: { expiredBefore: number; maxWrongTokens: number },
): boolean => row.changed_at <= expiredBefore || (row.validated_at === null && row.wrong_tokens >= maxWrongTokens);

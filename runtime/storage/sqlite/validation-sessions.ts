import type { SessionEnd, ValidationSession, ValidationSessions } from "../../ports/validation-sessions.js";
import type { Medium } from "../../protocol/threepid.js";
import { sameSecret } from "../../protocol/tokens.js";
import type { ValidationSessionsTable } from "./base-schema.js";
import type { SqliteConnection } from "./connection.js";

const columns =
  "sid, medium, address, destination, client_secret, token, next_link, send_attempt, wrong_tokens, changed_at, validated_at";

/** The columns in their order: this is the hottest read, and naming each of them would take half its time. */
type Row = readonly [
  sid: string,
  medium: string,
  address: string,
  destination: string,
  clientSecret: string,
  token: string,
  nextLink: string | null,
  sendAttempt: number | null,
  wrongTokens: number,
  changedAt: number,
  validatedAt: number | null,
];

const sessionOf = (row: Row | undefined): ValidationSession | undefined => {
  if (row === undefined) return undefined;
  const [
    sid,
    medium,
    address,
    destination,
    clientSecret,
    token,
    nextLink,
    sendAttempt,
    wrongTokens,
    changedAt,
    validatedAt,
  ] = row;
  return {
    sid,
    medium: medium as Medium, // written by resumeOrOpen alone, from a Medium
    address,
    destination,
    clientSecret,
    token,
    nextLink: nextLink ?? undefined,
    sendAttempt: sendAttempt ?? undefined,
    wrongTokens,
    changedAt,
    validatedAt: validatedAt ?? undefined,
  };
};

/** Validation sessions in SQLite: prepared statements, and commits that requests share. */
export const sqliteValidationSessions = ({ database, write }: SqliteConnection): ValidationSessions => {
  const bySid = database.prepare<[string], Row>(`SELECT ${columns} FROM validation_sessions WHERE sid = ?`).raw();
  const current = database
    .prepare<[string, string, string], Row>(
      `SELECT ${columns} FROM validation_sessions
       WHERE address = ? AND client_secret = ? AND medium = ? AND superseded = 0`,
    )
    .raw();
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
      const session = sessionOf(current.get(address, clientSecret, medium));
      return session === undefined || hasEnded(session, end) ? undefined : session;
    },
    resumeOrOpen: (candidate, end) =>
      write(() => {
        const { sid, medium, address, destination, clientSecret, token, nextLink, createdAt } = candidate;
        const old = sessionOf(current.get(address, clientSecret, medium));
        if (old !== undefined && !hasEnded(old, end)) return old;
        if (old !== undefined) supersede.run(old.sid);
        insert.run({
          sid,
          medium,
          address,
          destination,
          client_secret: clientSecret,
          token,
          next_link: nextLink ?? null,
          send_attempt: null,
          wrong_tokens: 0,
          created_at: createdAt,
          changed_at: createdAt,
          validated_at: null,
          superseded: 0,
        });
        const unchanged = { sendAttempt: undefined, wrongTokens: 0, changedAt: createdAt, validatedAt: undefined };
        return { sid, medium, address, destination, clientSecret, token, nextLink, ...unchanged };
      }),
    find: async (sid) => sessionOf(bySid.get(sid)),
    recordSend: async (sid, attempt, nextLink) => {
      await write(() => recordSend.run({ sid, attempt, nextLink: nextLink ?? null }));
    },
    submit: (sid, token, now, end) =>
      write(() => {
        const session = sessionOf(bySid.get(sid));
        if (session === undefined) return "unknown";
        if (hasEnded(session, end)) return "ended";
        const matches = sameSecret(token, session.token);
        if (session.validatedAt !== undefined) return matches ? "validated" : "wrong-token";
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
  { changedAt, validatedAt, wrongTokens }: ValidationSession,
  { expiredBefore, maxWrongTokens }: SessionEnd,
): boolean => changedAt <= expiredBefore || (validatedAt === undefined && wrongTokens >= maxWrongTokens);

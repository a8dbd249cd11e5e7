/**
 * Registration tokens in SQLite. They are kept as they are: the operator lists them to those they invite, and takes
 * them back by them.
 */

import type { RegistrationTokens } from "../../ports/registration-tokens.js";
import type { SqliteConnection } from "./connection.js";

interface TokenRow {
  readonly token: string;
  readonly uses_allowed: number | null;
  readonly completed: number;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly pending: number;
}

/** Sessions out of which an account may still come of a token. */
const pending = (besides: string): string =>
  `(SELECT COUNT(*) FROM registration_token_reservations AS kept
    JOIN interactive_sessions AS open ON open.hash = kept.hash
    WHERE kept.token = registration_tokens.token AND open.used = 0 AND open.created_at > @openedSince ${besides})`;

const isGood = (besides = ""): string =>
  `(expires_at IS NULL OR expires_at > @now)
   AND (uses_allowed IS NULL OR completed + ${pending(besides)} < uses_allowed)`;

export const sqliteRegistrationTokens = ({ database }: SqliteConnection): RegistrationTokens => {
  const insert = database.prepare<[string, number | null, number | null, number]>(
    `INSERT INTO registration_tokens (token, uses_allowed, expires_at, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const select = database.prepare<{ openedSince: number }, TokenRow>(
    `SELECT token, uses_allowed, completed, expires_at, created_at, ${pending("")} AS pending
     FROM registration_tokens ORDER BY created_at DESC, token`,
  );
  const remove = database.prepare<[string]>("DELETE FROM registration_tokens WHERE token = ?");
  const selectGood = database
    .prepare<{ token: string; now: number; openedSince: number }, number>(
      `SELECT 1 FROM registration_tokens WHERE token = @token AND ${isGood()}`,
    )
    .pluck();
  // Its own reservation does not stand in a session's way.
  const insertReservation = database.prepare<{ token: string; session: string; now: number; openedSince: number }>(
    `INSERT INTO registration_token_reservations (hash, token)
     SELECT interactive_sessions.hash, token FROM registration_tokens, interactive_sessions
     WHERE token = @token AND interactive_sessions.hash = @session AND used = 0
       AND ${isGood("AND kept.hash <> @session")}
     ON CONFLICT (hash) DO UPDATE SET token = excluded.token`,
  );

  return {
    issue: async ({ token, usesAllowed, expiresAt, createdAt }) =>
      insert.run(token, usesAllowed ?? null, expiresAt ?? null, createdAt).changes === 1,
    list: async ({ openedSince }) =>
      select.all({ openedSince }).map((row) => ({
        token: row.token,
        usesAllowed: row.uses_allowed ?? undefined,
        expiresAt: row.expires_at ?? undefined,
        createdAt: row.created_at,
        completed: row.completed,
        pending: row.pending,
      })),
    revoke: async (token) => remove.run(token).changes === 1,
    isValid: async (token, moment) => selectGood.get({ token, ...moment }) !== undefined,
    reserve: async (token, session, moment) => insertReservation.run({ token, session, ...moment }).changes === 1,
  };
};

import type { ClaimedEntry, Outbox, OutboxEntry } from "../../ports/outbox.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import type { SqliteConnection } from "./connection.js";

interface ClaimedRow {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
  readonly due_at: number;
  readonly attempts: number;
}

/** Adds entries within whatever transaction is open; a repository uses it beside the rows that caused them. */
export const outboxInsert = ({ database }: SqliteConnection): ((entry: OutboxEntry) => void) => {
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO outbox (kind, payload, due_at) VALUES (?, ?, ?)",
  );
  return ({ kind, payload, dueAt }) => {
    insert.run(kind, JSON.stringify(payload), dueAt);
  };
};

/** The outbox in SQLite. While an entry is leased its `due_at` is the end of the lease. */
export const sqliteOutbox = (connection: SqliteConnection): Outbox => {
  const { database, write } = connection;
  const insert = outboxInsert(connection);
  const claim = database.prepare<{ lease: string; until: number; now: number; limit: number }, ClaimedRow>(
    `UPDATE outbox SET lease = @lease, due_at = @until
     WHERE id IN (SELECT id FROM outbox WHERE due_at IS NOT NULL AND due_at <= @now ORDER BY due_at, id LIMIT @limit)
     RETURNING id, kind, payload, due_at, attempts`,
  );
  const remove = database.prepare<[string, string]>("DELETE FROM outbox WHERE id = ? AND lease = ?");
  const postpone = database.prepare<[number, string, string, string]>(
    "UPDATE outbox SET due_at = ?, last_error = ?, attempts = attempts + 1, lease = NULL WHERE id = ? AND lease = ?",
  );
  const abandon = database.prepare<[number, string, string, string]>(
    `UPDATE outbox SET due_at = NULL, abandoned_at = ?, last_error = ?, attempts = attempts + 1, lease = NULL
     WHERE id = ? AND lease = ?`,
  );
  const dropAbandoned = database.prepare<[number]>("DELETE FROM outbox WHERE abandoned_at < ?");
  const next = database.prepare<[], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM outbox WHERE due_at IS NOT NULL",
  );

  const claimed = (row: ClaimedRow, lease: string): ClaimedEntry => ({
    id: String(row.id),
    kind: row.kind,
    payload: JSON.parse(row.payload) as JsonObject, // written by outboxInsert alone, from a JsonObject
    dueAt: row.due_at,
    attempts: row.attempts,
    lease,
  });

  return {
    add: (entries) =>
      write(() => {
        for (const entry of entries) insert(entry);
      }),
    claim: async ({ now, leaseMs, limit, lease }) => {
      const rows = await write(() => claim.all({ lease, until: now + leaseMs, now, limit }));
      return rows.sort((a, b) => a.id - b.id).map((row) => claimed(row, lease));
    },
    done: ({ id, lease }) => write(() => remove.run(id, lease).changes === 1),
    postpone: ({ id, lease }, dueAt, reason) => write(() => postpone.run(dueAt, reason, id, lease).changes === 1),
    abandon: ({ id, lease }, at, reason) => write(() => abandon.run(at, reason, id, lease).changes === 1),
    dropAbandonedBefore: (time) => write(() => dropAbandoned.run(time).changes),
    nextDue: async () => next.get()?.due_at ?? undefined,
  };
};

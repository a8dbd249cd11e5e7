import type { ClaimedEntry, Outbox, OutboxEntry } from "../../ports/outbox.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";

interface ClaimedRow {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
  readonly due_at: number;
  readonly added_at: number | null;
  readonly attempts: number;
  readonly destination: string | null;
}

interface InsertedRow {
  readonly kind: string;
  readonly payload: string;
  readonly dueAt: number | null;
  readonly addedAt: number;
  readonly destination: string | null;
  readonly topic: string | null;
  readonly medium: string | null;
  readonly address: string | null;
}

/** Adds entries within whatever transaction is open; a repository uses it beside the rows that caused them. */
export const outboxInsert = ({ database }: SqliteConnection): ((entry: OutboxEntry) => void) => {
  const insert = database.prepare<InsertedRow>(
    `INSERT INTO outbox (kind, payload, due_at, added_at, destination, topic, medium, address)
     VALUES (@kind, @payload, @dueAt, @addedAt, @destination, @topic, @medium, @address)`,
  );
  const replace = database.prepare<[string, string, string]>(
    "UPDATE outbox SET payload = ? WHERE topic = ? AND kind = ? AND lease IS NULL AND abandoned_at IS NULL",
  );
  const selectFirst = database
    .prepare<[string, string], 1>(
      "SELECT 1 FROM outbox WHERE destination = ? AND kind = ? AND abandoned_at IS NULL LIMIT 1",
    )
    .pluck();

  return ({ kind, payload, dueAt, destination, topic, threepid }) => {
    const text = JSON.stringify(payload);
    if (topic !== undefined && replace.run(text, topic, kind).changes > 0) return;
    const waits = destination !== undefined && selectFirst.get(destination, kind) !== undefined;
    insert.run({
      kind,
      payload: text,
      dueAt: waits ? null : dueAt,
      addedAt: dueAt,
      destination: destination ?? null,
      topic: topic ?? null,
      medium: threepid?.medium ?? null,
      address: threepid?.address ?? null,
    });
  };
};

/** Makes the next entry due that waits behind one which is gone, within whatever transaction is open. */
const outboxAdvance = ({ database }: SqliteConnection): ((kind: string, destination: string, now: number) => void) => {
  const selectNext = database.prepare<[string, string], { id: number; due_at: number | null }>(
    "SELECT id, due_at FROM outbox WHERE destination = ? AND kind = ? AND abandoned_at IS NULL ORDER BY id LIMIT 1",
  );
  const makeDue = database.prepare<[number, number]>("UPDATE outbox SET due_at = ? WHERE id = ?");
  return (kind, destination, now) => {
    const next = selectNext.get(destination, kind);
    if (next !== undefined && next.due_at === null) makeDue.run(now, next.id);
  };
};

/** Erases every entry that holds an address, within whatever transaction is open; answers how many. */
export const outboxErase = (connection: SqliteConnection): ((threepid: Threepid, now: number) => number) => {
  const advance = outboxAdvance(connection);
  const erase = connection.database.prepare<[string, string], { kind: string; destination: string | null }>(
    "DELETE FROM outbox WHERE address = ? AND medium = ? RETURNING kind, destination",
  );
  return ({ medium, address }, now) => {
    const erased = erase.all(address, medium);
    for (const { kind, destination } of erased) if (destination !== null) advance(kind, destination, now);
    return erased.length;
  };
};

/** The outbox in SQLite. While an entry is leased its `due_at` is the end of the lease. */
export const sqliteOutbox = (connection: SqliteConnection): Outbox => {
  const { database, write } = connection;
  const insert = outboxInsert(connection);
  const advance = outboxAdvance(connection);
  const claim = database.prepare<
    { lease: string; kind: string; until: number; now: number; limit: number },
    ClaimedRow
  >(
    `UPDATE outbox SET lease = @lease, due_at = @until
     WHERE id IN (SELECT id FROM outbox WHERE kind = @kind AND due_at IS NOT NULL AND due_at <= @now
                  ORDER BY due_at, id LIMIT @limit)
     RETURNING id, kind, payload, due_at, added_at, attempts, destination`,
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
  const next = database.prepare<[string], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM outbox WHERE kind = ? AND due_at IS NOT NULL",
  );

  const claimed = (row: ClaimedRow, lease: string): ClaimedEntry => ({
    id: String(row.id),
    kind: row.kind,
    payload: JSON.parse(row.payload) as JsonObject, // written by outboxInsert alone, from a JsonObject
    dueAt: row.due_at,
    addedAt: row.added_at ?? row.due_at,
    attempts: row.attempts,
    destination: row.destination ?? undefined,
    lease,
  });

  /** An entry that leaves its place lets the next one through. */
  const leave = (left: boolean, { kind, destination }: ClaimedEntry, now: number): boolean => {
    if (left && destination !== undefined) advance(kind, destination, now);
    return left;
  };

  return {
    add: (entries) =>
      write(() => {
        for (const entry of entries) insert(entry);
      }),
    claim: async ({ kind, now, leaseMs, limit, lease }) => {
      const rows = await write(() => claim.all({ lease, kind, until: now + leaseMs, now, limit }));
      return rows.sort((a, b) => a.id - b.id).map((row) => claimed(row, lease));
    },
    done: (entry, now) => write(() => leave(remove.run(entry.id, entry.lease).changes === 1, entry, now)),
    postpone: ({ id, lease }, dueAt, reason) => write(() => postpone.run(dueAt, reason, id, lease).changes === 1),
    abandon: (entry, now, reason) =>
      write(() => leave(abandon.run(now, reason, entry.id, entry.lease).changes === 1, entry, now)),
    dropAbandonedBefore: (time) => write(() => dropAbandoned.run(time).changes),
    nextDue: async (kind) => next.get(kind)?.due_at ?? undefined,
  };
};

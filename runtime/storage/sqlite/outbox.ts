import type { ClaimedEntry, Outbox, OutboxClaim, OutboxEntry } from "../../ports/outbox.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";
import { failing, outboxDestinations, proven, standings, unsure } from "./outbox-destinations.js";

interface ClaimedRow {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
  readonly due_at: number;
  readonly added_at: number | null;
  readonly attempts: number;
  readonly destination: string | null;
  readonly standing: number;
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
  readonly standing: number;
}

/** Adds entries within whatever transaction is open; a repository uses it beside the rows that caused them. */
export const outboxInsert = (connection: SqliteConnection): ((entry: OutboxEntry) => void) => {
  const { database } = connection;
  const insert = database.prepare<InsertedRow>(
    `INSERT INTO outbox (kind, payload, due_at, added_at, destination, topic, medium, address, standing)
     VALUES (@kind, @payload, @dueAt, @addedAt, @destination, @topic, @medium, @address, @standing)`,
  );
  const replace = database.prepare<[string, string, string]>(
    "UPDATE outbox SET payload = ? WHERE topic = ? AND kind = ? AND lease IS NULL AND abandoned_at IS NULL",
  );
  const destinations = outboxDestinations(connection);

  return (entry) => {
    const { kind, payload, dueAt, destination, topic, threepid } = entry;
    const text = JSON.stringify(payload);
    if (topic !== undefined && replace.run(text, topic, kind).changes > 0) return;
    insert.run({
      kind,
      payload: text,
      dueAt: destinations.isWaitedFor(entry) ? null : dueAt,
      addedAt: dueAt,
      destination: destination ?? null,
      topic: topic ?? null,
      medium: threepid?.medium ?? null,
      address: threepid?.address ?? null,
      standing: destinations.standingOf(entry),
    });
  };
};

/** Erases every entry that holds an address, within whatever transaction is open; answers how many. */
export const outboxErase = (connection: SqliteConnection): ((threepid: Threepid, now: number) => number) => {
  const destinations = outboxDestinations(connection);
  const erase = connection.database.prepare<
    [string, string],
    { kind: string; destination: string | null; standing: number }
  >("DELETE FROM outbox WHERE address = ? AND medium = ? RETURNING kind, destination, standing");
  return ({ medium, address }, now) => {
    const erased = erase.all(address, medium);
    for (const { kind, destination, standing } of erased) {
      destinations.left({ kind, destination: destination ?? undefined }, standing, now);
    }
    return erased.length;
  };
};

/** The outbox in SQLite. While an entry is leased its `due_at` is the end of the lease. */
export const sqliteOutbox = (connection: SqliteConnection): Outbox => {
  const { database, write } = connection;
  const insert = outboxInsert(connection);
  const destinations = outboxDestinations(connection);
  const claim = database.prepare<
    { lease: string; kind: string; standing: number; until: number; now: number; limit: number },
    ClaimedRow
  >(
    `UPDATE outbox SET lease = @lease, due_at = @until
     WHERE id IN (SELECT id FROM outbox
                  WHERE kind = @kind AND standing = @standing AND due_at IS NOT NULL AND due_at <= @now
                  ORDER BY due_at, id LIMIT @limit)
     RETURNING id, kind, payload, due_at, added_at, attempts, destination, standing`,
  );
  const remove = database.prepare<[string, string]>("DELETE FROM outbox WHERE id = ? AND lease = ?");
  const postpone = database.prepare<[number, string, string, string]>(
    `UPDATE outbox SET due_at = ?, last_error = ?, attempts = attempts + 1, lease = NULL,
       standing = min(standing + 1, ${failing})
     WHERE id = ? AND lease = ?`,
  );
  const abandon = database.prepare<[number, string, string, string]>(
    `UPDATE outbox SET due_at = NULL, abandoned_at = ?, last_error = ?, attempts = attempts + 1, lease = NULL
     WHERE id = ? AND lease = ?`,
  );
  const dropAbandoned = database.prepare<[number]>("DELETE FROM outbox WHERE abandoned_at < ?");
  const next = database
    .prepare<[string, number], number | null>(
      "SELECT min(due_at) FROM outbox WHERE kind = ? AND standing = ? AND due_at IS NOT NULL",
    )
    .pluck();

  const claimed = (row: ClaimedRow, lease: string): ClaimedEntry => ({
    id: String(row.id),
    kind: row.kind,
    payload: JSON.parse(row.payload) as JsonObject, // written by outboxInsert alone, from a JsonObject
    dueAt: row.due_at,
    addedAt: row.added_at ?? row.due_at,
    attempts: row.attempts,
    destination: row.destination ?? undefined,
    standing: standings[row.standing] ?? "failing",
    lease,
  });

  const claimAll = ({ kind, now, leaseMs, lease, first = [], ...most }: OutboxClaim): ClaimedRow[] => {
    const { limit, unproven: mostUnproven = limit, failing: mostFailing = limit } = most;
    const taken: ClaimedRow[] = [];
    const atLeast = (standing: number): number => taken.filter((row) => row.standing >= standing).length;
    const roomFor = (standing: number): number =>
      Math.min(
        limit - taken.length,
        standing >= unsure ? mostUnproven - atLeast(unsure) : limit,
        standing >= failing ? mostFailing - atLeast(failing) : limit,
      );
    const take = (standing: number, wanted: number): void => {
      const room = Math.min(wanted, roomFor(standing));
      if (room > 0) taken.push(...claim.all({ lease, kind, standing, until: now + leaseMs, now, limit: room }));
    };
    for (const standing of first) take(standings.indexOf(standing), 1);
    for (const standing of [proven, unsure, failing]) take(standing, limit);
    return taken;
  };

  return {
    add: (entries) =>
      write(() => {
        for (const entry of entries) insert(entry);
      }),
    claim: async (request) => {
      const rows = await write(() => claimAll(request));
      return rows.sort((a, b) => a.id - b.id).map((row) => claimed(row, request.lease));
    },
    done: (entry, now) =>
      write(() => {
        const stood = remove.run(entry.id, entry.lease).changes === 1;
        if (stood) destinations.answered(entry, now);
        return stood;
      }),
    withdraw: (entry, now) =>
      write(() => {
        const stood = remove.run(entry.id, entry.lease).changes === 1;
        if (stood) destinations.left(entry, standings.indexOf(entry.standing), now);
        return stood;
      }),
    postpone: (entry, dueAt, reason) =>
      write(() => {
        const stood = postpone.run(dueAt, reason, entry.id, entry.lease).changes === 1;
        if (stood) destinations.failed(entry);
        return stood;
      }),
    abandon: (entry, now, reason) =>
      write(() => {
        const stood = abandon.run(now, reason, entry.id, entry.lease).changes === 1;
        if (stood) destinations.failed(entry);
        if (stood) destinations.left(entry, failing, now);
        return stood;
      }),
    forgetBefore: (time) =>
      write(() => {
        destinations.forgetBefore(time);
        return dropAbandoned.run(time).changes;
      }),
    nextDue: async (kind, atLeast = "failing") => {
      const times = [proven, unsure, failing]
        .slice(0, standings.indexOf(atLeast) + 1)
        .flatMap((it) => next.get(kind, it) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
};

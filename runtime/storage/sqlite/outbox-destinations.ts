/** Where entries of the outbox go: the queue before each destination, and what is known of it. */

import type { OutboxEntry, Standing } from "../../ports/outbox.js";
import type { SqliteConnection } from "./connection.js";

/** As the column counts them. */
export const standings = ["proven", "unsure", "failing"] as const satisfies readonly Standing[];
export const proven = standings.indexOf("proven");
export const unsure = standings.indexOf("unsure");
export const failing = standings.indexOf("failing");

/** Whose queue, and whose destination: each kind has its own. */
type Addressed = Pick<OutboxEntry, "kind" | "destination">;

/** Each member belongs into a transaction that is open, and does nothing for an entry without a destination. */
export interface OutboxDestinations {
  /** Whether something stands before a new entry. */
  isWaitedFor(entry: Addressed): boolean;
  standingOf(entry: Addressed): number;
  /** It answered, and its first entry is gone. */
  answered(entry: Addressed, now: number): void;
  /** It did not answer, and its first entry will be tried again. */
  failed(entry: Addressed): void;
  /** Its first entry is gone, and it stands as it stood, or as is known now. */
  left(entry: Addressed, standing: number, now: number): void;
  forgetBefore(time: number): void;
}

export const outboxDestinations = ({ database }: SqliteConnection): OutboxDestinations => {
  const selectFirst = database.prepare<[string, string], { id: number; due_at: number | null }>(
    "SELECT id, due_at FROM outbox WHERE destination = ? AND kind = ? AND abandoned_at IS NULL ORDER BY id LIMIT 1",
  );
  const makeDue = database.prepare<[number, number, number]>("UPDATE outbox SET due_at = ?, standing = ? WHERE id = ?");
  const selectProven = database.prepare<[string, string]>(
    "SELECT 1 FROM proven_destinations WHERE destination = ? AND kind = ?",
  );
  // Written once a day at most: most of what is sent goes to those who answered before.
  const addProven = database.prepare<{ destination: string; kind: string; now: number }>(
    `INSERT INTO proven_destinations (destination, kind, answered_at) VALUES (@destination, @kind, @now)
     ON CONFLICT DO UPDATE SET answered_at = @now WHERE answered_at < @now - 86400000`,
  );
  const removeProven = database.prepare<[string, string]>(
    "DELETE FROM proven_destinations WHERE destination = ? AND kind = ?",
  );
  const forget = database.prepare<[number]>("DELETE FROM proven_destinations WHERE answered_at < ?");

  const left: OutboxDestinations["left"] = ({ kind, destination }, standing, now) => {
    const next = destination === undefined ? undefined : selectFirst.get(destination, kind);
    if (next !== undefined && next.due_at === null) makeDue.run(now, standing, next.id);
  };

  return {
    isWaitedFor: ({ kind, destination }) =>
      destination !== undefined && selectFirst.get(destination, kind) !== undefined,
    standingOf: ({ kind, destination }) =>
      destination !== undefined && selectProven.get(destination, kind) !== undefined ? proven : unsure,
    answered: (entry, now) => {
      const { kind, destination } = entry;
      if (destination !== undefined) addProven.run({ destination, kind, now });
      left(entry, proven, now);
    },
    failed: ({ kind, destination }) => {
      if (destination !== undefined) removeProven.run(destination, kind);
    },
    left,
    forgetBefore: (time) => void forget.run(time),
  };
};

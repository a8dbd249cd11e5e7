import type { OutboxBacklog } from "../../ports/outbox-backlog.js";
import type { SqliteConnection } from "./connection.js";

interface BacklogRow {
  readonly kind: string;
  readonly waiting: number;
  readonly oldest: number | null;
  readonly abandoned: number;
}

/** Reads the whole table: it holds what is still to be sent, and little else. */
export const sqliteOutboxBacklog = ({ database }: SqliteConnection): OutboxBacklog => {
  const select = database.prepare<[], BacklogRow>(
    `SELECT kind, count(*) FILTER (WHERE abandoned_at IS NULL) AS waiting,
       min(coalesce(added_at, due_at)) FILTER (WHERE abandoned_at IS NULL) AS oldest,
       count(abandoned_at) AS abandoned
     FROM outbox GROUP BY kind ORDER BY kind`,
  );
  return { backlog: async () => select.all().map((row) => ({ ...row, oldest: row.oldest ?? undefined })) };
};

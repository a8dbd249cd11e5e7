/** A worker over an outbox in memory, with a clock to turn. */

import type { Cause, Sender } from "../../../runtime/delivery/outbox-sending.js";
import { defaultOutboxSettings, type OutboxWorker, outboxWorker } from "../../../runtime/delivery/outbox-worker.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { sqliteOutbox } from "../../../runtime/storage/sqlite/outbox.js";
import { fakeClock, fakeLogger } from "../fakes.js";

export const workerOver = (mail: Sender, settings = defaultOutboxSettings, stands?: Cause) => {
  const connection = openSqlite(":memory:");
  migrate(connection, baseMigrations, 0);
  const outbox = sqliteOutbox(connection);
  const clock = fakeClock(0);
  const log = fakeLogger();
  const ports = { outbox, clock, log, random: systemRandom };
  const worker: OutboxWorker = outboxWorker({ ...ports, kind: "mail", send: mail, stands }, settings);
  const add = (...names: string[]) => outbox.add(names.map((name) => ({ kind: "mail", payload: { name }, dueAt: 0 })));
  /** Something for a destination, which is added last to it. */
  const addFor = (destination: string, ...names: string[]) =>
    outbox.add(names.map((name) => ({ kind: "mail", payload: { name }, dueAt: 0, destination })));
  return { connection, outbox, clock, log, worker, add, addFor };
};

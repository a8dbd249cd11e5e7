/** Works off the outbox: claims what is due, sends it, and tries again later what failed. */

import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry, Outbox } from "../ports/outbox.js";
import type { Random } from "../ports/random.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import { newSecret } from "../protocol/tokens.js";

/** Sends one kind of entry; throws when it did not work. It may be called twice for one entry: after a crash. */
export type Sender = (payload: JsonObject, signal: AbortSignal) => Promise<void>;

/** Thrown by a sender for an entry that no further try can help. */
export class HopelessError extends Error {
  override readonly name = "HopelessError";
}

export interface OutboxWorkerPorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly senders: Readonly<Record<string, Sender>>;
}

export interface OutboxWorkerSettings {
  /** Entries sent at the same time. */
  readonly concurrency: number;
  /** How long a claimed entry stays ours (ms); longer than any sender takes. */
  readonly leaseMs: number;
  /** Wait after the first failure (ms); doubled by each further one. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** After so many tries an entry is set aside. */
  readonly maxAttempts: number;
  /** Look for entries of other processes at least so often (ms). */
  readonly pollMs: number;
}

export const defaultOutboxSettings: OutboxWorkerSettings = {
  concurrency: 8,
  leaseMs: 120_000,
  firstRetryMs: 5_000,
  maxRetryMs: 3_600_000,
  maxAttempts: 60,
  pollMs: 30_000,
};

export interface OutboxWorker {
  start(): void;
  /** Says that something may be due; cheap to call after every write. */
  wake(): void;
  /** Works off what is due now; answers how many entries were taken. */
  runDue(): Promise<number>;
  /** Calls off what is underway and resolves once nothing is. Unfinished entries stay in the outbox. */
  stop(): Promise<void>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A worker over an outbox. */
export const outboxWorker = (ports: OutboxWorkerPorts, settings = defaultOutboxSettings): OutboxWorker => {
  const { outbox, clock, random, log, senders } = ports;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let running: Promise<void> | undefined;
  let woken = false;

  const retryAt = (attempts: number): number =>
    clock.now() + Math.min(settings.maxRetryMs, settings.firstRetryMs * 2 ** Math.min(attempts, 30));

  const failed = async (entry: ClaimedEntry, error: unknown): Promise<void> => {
    const reason = messageOf(error);
    const attempts = entry.attempts + 1;
    const fields = { kind: entry.kind, id: entry.id, attempts, reason };
    if (error instanceof HopelessError || attempts >= settings.maxAttempts) {
      log.error("An outbox entry was set aside after its last try failed", fields);
      await outbox.abandon(entry, clock.now(), reason);
    } else {
      log.warn("An outbox entry could not be sent and will be tried again", fields);
      await outbox.postpone(entry, retryAt(entry.attempts), reason);
    }
  };

  const handle = async (entry: ClaimedEntry): Promise<void> => {
    try {
      const sender = senders[entry.kind];
      if (sender === undefined) throw new Error(`this server does not know how to send ${entry.kind}`);
      await sender(entry.payload, stopping.signal);
    } catch (error) {
      await failed(entry, error);
      return;
    }
    if (!(await outbox.done(entry))) log.warn("An outbox entry took longer than its lease", { kind: entry.kind });
  };

  const runDue = async (): Promise<number> => {
    const entries = await outbox.claim({
      now: clock.now(),
      leaseMs: settings.leaseMs,
      limit: settings.concurrency,
      lease: newSecret(random),
    });
    await Promise.all(entries.map(handle));
    return entries.length;
  };

  const round = async (): Promise<void> => {
    try {
      do {
        woken = false;
        while (!stopping.signal.aborted && (await runDue()) > 0);
      } while (woken && !stopping.signal.aborted);
    } catch (error) {
      log.error("The outbox could not be read", { reason: messageOf(error) });
    }
  };

  const schedule = async (): Promise<void> => {
    const due = await outbox.nextDue().catch(() => undefined);
    const wait = Math.max(0, Math.min(settings.pollMs, (due ?? Number.POSITIVE_INFINITY) - clock.now()));
    if (!stopping.signal.aborted) timer = setTimeout(wake, wait);
    timer?.unref();
  };

  const wake = (): void => {
    woken = true;
    if (!started || running !== undefined || stopping.signal.aborted) return;
    clearTimeout(timer);
    running = round()
      .then(schedule)
      .finally(() => {
        running = undefined;
        if (woken) wake();
      });
  };

  return {
    runDue,
    wake,
    start: () => {
      started = true;
      wake();
    },
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
};

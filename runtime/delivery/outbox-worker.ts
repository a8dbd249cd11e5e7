/** Works off the outbox: claims what is due, sends it, and tries again later what failed. */

import type { Clock } from "../ports/clock.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry, Outbox } from "../ports/outbox.js";
import type { Random } from "../ports/random.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import { newSecret } from "../protocol/tokens.js";

/**
 * Sends one kind of entry; throws when it did not work, and a DeliveryError whose destination is rejected when no
 * further try can help. It may be called twice for one entry: after a crash.
 */
export type Sender = (payload: JsonObject, signal: AbortSignal) => Promise<void>;

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
  /** How long (ms) entries that were set aside are kept for the operator: they hold addresses and keys. */
  readonly keptMs: number;
  /** How long (ms) a worker that stops waits for what is underway before it calls that off. */
  readonly graceMs: number;
}

export const defaultOutboxSettings: OutboxWorkerSettings = {
  concurrency: 8,
  leaseMs: 120_000,
  firstRetryMs: 5_000,
  maxRetryMs: 3_600_000,
  maxAttempts: 60,
  pollMs: 30_000,
  keptMs: 30 * 24 * 3_600_000,
  graceMs: 5_000,
};

export interface OutboxWorker {
  start(): void;
  /** Says that something may be due; cheap to call after every write. */
  wake(): void;
  /** Works off what is due now; answers how many entries were taken. */
  runDue(): Promise<number>;
  /** Begins nothing new and resolves once nothing is underway. Unfinished entries stay in the outbox. */
  stop(): Promise<void>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isHopeless = (error: unknown): boolean =>
  error instanceof DeliveryError && error.failure === "destination-rejected";

/** A worker over an outbox. */
export const outboxWorker = (ports: OutboxWorkerPorts, settings = defaultOutboxSettings): OutboxWorker => {
  const { outbox, clock, random, log, senders } = ports;
  const callOff = new AbortController();
  let stopping = false;
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
    if (isHopeless(error) || attempts >= settings.maxAttempts) {
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
      await sender(entry.payload, callOff.signal);
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
        while (!stopping && (await runDue()) > 0);
      } while (woken && !stopping);
      await outbox.dropAbandonedBefore(clock.now() - settings.keptMs);
    } catch (error) {
      log.error("The outbox could not be read", { reason: messageOf(error) });
    }
  };

  const schedule = async (): Promise<void> => {
    const due = await outbox.nextDue().catch(() => undefined);
    const wait = Math.max(0, Math.min(settings.pollMs, (due ?? Number.POSITIVE_INFINITY) - clock.now()));
    if (!stopping) timer = setTimeout(wake, wait);
    timer?.unref();
  };

  const wake = (): void => {
    woken = true;
    if (!started || running !== undefined || stopping) return;
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
      stopping = true;
      clearTimeout(timer);
      // A mail that is called off may arrive all the same, and would be sent again: most need only a moment more.
      const patience = setTimeout(() => callOff.abort(), settings.graceMs);
      await running;
      clearTimeout(patience);
    },
  };
};

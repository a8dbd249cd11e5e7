/**
 * Works off one kind of outbox entries: claims what is due, and lets as many be sent at the same time as there is room
 * for. Kinds have workers of their own, so that a mail server that hangs holds up no homeserver, nor the other way round.
 */

import type { ClaimedEntry, Outbox, Standing } from "../ports/outbox.js";
import type { Random } from "../ports/random.js";
import { newSecret } from "../protocol/tokens.js";
import { messageOf, type OutboxSendingPorts, outboxSending, type RetrySettings } from "./outbox-sending.js";

export interface OutboxWorkerPorts extends OutboxSendingPorts {
  readonly outbox: Outbox;
  readonly random: Random;
}

export interface OutboxWorkerSettings extends RetrySettings {
  /** Entries sent at the same time. */
  readonly concurrency: number;
  /** Of these, so many whose destination is not proven: a crowd that never answers keeps no place from who does. */
  readonly unproven: number;
  /** Of those, so many whose destination failed again and again. */
  readonly failing: number;
  /** How long a claimed entry stays ours (ms); longer than any sender takes. */
  readonly leaseMs: number;
  /** Look for entries of other processes at least so often (ms). */
  readonly pollMs: number;
  /** How long (ms) entries that were set aside are kept for the operator: they hold addresses and keys. */
  readonly keptMs: number;
  /** How long (ms) a worker that stops waits for what is underway before it calls that off. */
  readonly graceMs: number;
}

export const defaultOutboxSettings: OutboxWorkerSettings = {
  concurrency: 8,
  unproven: 8,
  failing: 8,
  leaseMs: 120_000,
  firstRetryMs: 5_000,
  maxRetryMs: 3_600_000,
  maxAttempts: 60,
  maxAgeMs: Number.POSITIVE_INFINITY,
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

const doubtful = ["unsure", "failing"] as const satisfies readonly Standing[];

/** A worker over an outbox. */
export const outboxWorker = (ports: OutboxWorkerPorts, settings = defaultOutboxSettings): OutboxWorker => {
  const { outbox, clock, random, log, kind } = ports;
  const { attempt, callOff } = outboxSending(ports, settings);
  const underway = new Map<Promise<void>, Standing>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let filling: Promise<void> | undefined;
  let woken = false;

  let told: string | undefined;
  /** What lasts, as a full disk does, is said once. */
  const failed = (error: unknown): void => {
    const reason = messageOf(error);
    if (reason !== told) log.error("The outbox cannot be worked off", { kind, reason });
    told = reason;
  };

  /** How many more may be begun, in all and of those that are not sure to be answered. */
  const room = () => {
    const count = (standing: Standing): number => [...underway.values()].filter((it) => it === standing).length;
    return {
      limit: settings.concurrency - underway.size,
      unproven: settings.unproven - (underway.size - count("proven")),
      failing: settings.failing - count("failing"),
      // However many are proven, one place is for whoever is new, and one for whoever failed.
      first: doubtful.filter((standing) => count(standing) === 0),
    };
  };

  const take = (): Promise<readonly ClaimedEntry[]> =>
    outbox.claim({ kind, now: clock.now(), leaseMs: settings.leaseMs, lease: newSecret(random), ...room() });

  const runDue = async (): Promise<number> => {
    const entries = await take();
    await Promise.all(entries.map(attempt));
    return entries.length;
  };

  const begin = (entry: ClaimedEntry): void => {
    const work = attempt(entry)
      .catch(failed)
      .finally(() => {
        underway.delete(work);
        wake();
      });
    underway.set(work, entry.standing);
  };

  /** Answers whether it could. */
  const fill = async (): Promise<boolean> => {
    try {
      do {
        woken = false;
        // What is done makes room, and says so.
        if (room().limit > 0 && !stopping) for (const entry of await take()) begin(entry);
      } while (woken && !stopping);
      await outbox.forgetBefore(clock.now() - settings.keptMs);
      told = undefined;
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  };

  /** What could not be claimed is due still, and must not be tried at once, again and again. */
  const nextDue = (atLeast: Standing, isFilled: boolean): Promise<number | undefined> =>
    isFilled ? outbox.nextDue(kind, atLeast) : Promise.resolve(clock.now() + settings.firstRetryMs);

  const schedule = async (isFilled: boolean): Promise<void> => {
    const { limit, unproven, failing } = room();
    if (limit <= 0) return;
    // Those for whom there is no room now are looked at when something ends.
    const atLeast = unproven <= 0 ? "proven" : failing <= 0 ? "unsure" : "failing";
    const due = await nextDue(atLeast, isFilled).catch(() => undefined);
    const wait = Math.max(0, Math.min(settings.pollMs, (due ?? Number.POSITIVE_INFINITY) - clock.now()));
    if (!stopping) timer = setTimeout(wake, wait);
    timer?.unref();
  };

  const wake = (): void => {
    woken = true;
    if (!started || filling !== undefined || stopping) return;
    clearTimeout(timer);
    filling = fill()
      .then(schedule)
      .finally(() => {
        filling = undefined;
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
      const patience = setTimeout(callOff, settings.graceMs);
      await filling;
      clearTimeout(timer);
      await Promise.all(underway.keys());
      clearTimeout(patience);
    },
  };
};

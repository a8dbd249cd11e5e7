/**
 * Works off one kind of outbox entries: claims what is due, sends it, and tries again later what failed. Kinds have
 * workers of their own, so that a mail server that hangs holds up no homeserver, nor the other way round.
 */

import type { Clock } from "../ports/clock.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry, Outbox, Standing } from "../ports/outbox.js";
import type { Random } from "../ports/random.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import { newSecret } from "../protocol/tokens.js";

/**
 * Sends one kind of entry; throws when it did not work, and a DeliveryError whose destination is rejected when no
 * further try can help. It may be called twice for one entry: after a crash.
 */
export type Sender = (payload: JsonObject, signal: AbortSignal) => Promise<void>;

/** Whether what an entry tells of is still so. Asked just before each sending: what was dissolved meanwhile is not sent. */
export type Cause = (payload: JsonObject) => Promise<boolean>;

/** Does work while nothing is done that changes the cause of an entry. */
export type Turn = <Result>(payload: JsonObject, work: () => Promise<Result>) => Promise<Result>;

export interface OutboxWorkerPorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly kind: string;
  readonly send: Sender;
  /** Without it every entry is sent. */
  readonly stands?: Cause | undefined;
  /** Around asking whether an entry stands and sending it; without it both are done at once. */
  readonly turn?: Turn | undefined;
}

export interface OutboxWorkerSettings {
  /** Entries sent at the same time. */
  readonly concurrency: number;
  /** Of these, so many whose destination is not proven: a crowd that never answers keeps no place from who does. */
  readonly unproven: number;
  /** Of those, so many whose destination failed again and again. */
  readonly failing: number;
  /** How long a claimed entry stays ours (ms); longer than any sender takes. */
  readonly leaseMs: number;
  /** Wait after the first failure (ms); doubled by each further one. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** After so many tries an entry is set aside. */
  readonly maxAttempts: number;
  /** An entry that fails and is older than this (ms) is set aside. */
  readonly maxAgeMs: number;
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

const atOnce: Turn = (_, work) => work();

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isHopeless = (error: unknown): boolean =>
  error instanceof DeliveryError && error.failure === "destination-rejected";

const waitAskedFor = (error: unknown): number => (error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0);

/** A worker over an outbox. */
export const outboxWorker = (ports: OutboxWorkerPorts, settings = defaultOutboxSettings): OutboxWorker => {
  const { outbox, clock, random, log, kind, send, stands, turn = atOnce } = ports;
  // One for each sending: what listens to a signal that outlives it would be kept as long as the signal.
  const sendings = new Set<AbortController>();
  let calledOff = false;
  const underway = new Map<Promise<void>, Standing>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let filling: Promise<void> | undefined;
  let woken = false;

  const waitAfter = (attempts: number, error: unknown): number =>
    Math.max(waitAskedFor(error), Math.min(settings.maxRetryMs, settings.firstRetryMs * 2 ** Math.min(attempts, 30)));

  const failed = async (entry: ClaimedEntry, error: unknown): Promise<void> => {
    const { id, destination, addedAt } = entry;
    const reason = messageOf(error);
    const attempts = entry.attempts + 1;
    const fields = { kind, id, attempts, reason, ...(destination === undefined ? {} : { destination }) };
    const now = clock.now();
    if (isHopeless(error) || attempts >= settings.maxAttempts || now - addedAt >= settings.maxAgeMs) {
      log.error("An outbox entry was set aside after its last try failed", fields);
      await outbox.abandon(entry, now, reason);
    } else {
      log.warn("An outbox entry could not be sent and will be tried again", fields);
      await outbox.postpone(entry, now + waitAfter(entry.attempts, error), reason);
    }
  };

  /** Answers whether it was sent. */
  const sendStanding = async (payload: JsonObject, signal: AbortSignal): Promise<boolean> => {
    if (stands !== undefined && !(await stands(payload))) return false;
    await send(payload, signal);
    return true;
  };

  const handle = async (entry: ClaimedEntry): Promise<void> => {
    const { payload } = entry;
    const sending = new AbortController();
    sendings.add(sending);
    if (calledOff) sending.abort();
    try {
      if (!(await turn(payload, () => sendStanding(payload, sending.signal)))) {
        log.info("An outbox entry is not sent: what it tells of is no longer so", { kind, id: entry.id });
        await outbox.withdraw(entry, clock.now());
        return;
      }
    } catch (error) {
      await failed(entry, error);
      return;
    } finally {
      sendings.delete(sending);
    }
    if (!(await outbox.done(entry, clock.now()))) log.warn("An outbox entry took longer than its lease", { kind });
  };

  const unreadable = (error: unknown): void => {
    log.error("The outbox could not be read", { kind, reason: messageOf(error) });
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
    await Promise.all(entries.map(handle));
    return entries.length;
  };

  const begin = (entry: ClaimedEntry): void => {
    const work = handle(entry)
      .catch(unreadable)
      .finally(() => {
        underway.delete(work);
        wake();
      });
    underway.set(work, entry.standing);
  };

  const fill = async (): Promise<void> => {
    try {
      do {
        woken = false;
        // What is done makes room, and says so.
        if (room().limit > 0 && !stopping) for (const entry of await take()) begin(entry);
      } while (woken && !stopping);
      await outbox.forgetBefore(clock.now() - settings.keptMs);
    } catch (error) {
      unreadable(error);
    }
  };

  const schedule = async (): Promise<void> => {
    const { limit, unproven, failing } = room();
    if (limit <= 0) return;
    // Those for whom there is no room now are looked at when something ends.
    const atLeast = unproven <= 0 ? "proven" : failing <= 0 ? "unsure" : "failing";
    const due = await outbox.nextDue(kind, atLeast).catch(() => undefined);
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

  const callOff = (): void => {
    calledOff = true;
    for (const sending of sendings) sending.abort();
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

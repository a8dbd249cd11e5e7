/** One try at an outbox entry: whether it still stands, its sending, and what becomes of it when that fails. */

import type { Clock } from "../ports/clock.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry, Outbox } from "../ports/outbox.js";
import type { JsonObject } from "../protocol/canonical-json.js";

/**
 * Sends one kind of entry; throws when it did not work, and a DeliveryError whose destination is rejected when no
 * further try can help. It may be called twice for one entry: after a crash.
 */
export type Sender = (payload: JsonObject, signal: AbortSignal) => Promise<void>;

/** Whether what an entry tells of is still so. Asked just before each sending: what was dissolved meanwhile is not sent. */
export type Cause = (payload: JsonObject) => Promise<boolean>;

/** Does work while nothing is done that changes the cause of an entry. */
export type Turn = <Result>(payload: JsonObject, work: () => Promise<Result>) => Promise<Result>;

export interface OutboxSendingPorts {
  readonly outbox: Pick<Outbox, "abandon" | "postpone" | "withdraw" | "done">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly kind: string;
  readonly send: Sender;
  /** Without it every entry is sent. */
  readonly stands?: Cause | undefined;
  /** Around asking whether an entry stands and sending it; without it both are done at once. */
  readonly turn?: Turn | undefined;
}

export interface RetrySettings {
  /** Wait after the first failure (ms); doubled by each further one. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** After so many tries an entry is set aside. */
  readonly maxAttempts: number;
  /** An entry that fails and is older than this (ms) is set aside. */
  readonly maxAgeMs: number;
}

export interface OutboxSending {
  /** Sends a claimed entry and settles it, whatever comes of it. Throws only what the outbox itself throws. */
  attempt(entry: ClaimedEntry): Promise<void>;
  /** Ends what is being sent, and whatever is begun from now on. */
  callOff(): void;
}

const atOnce: Turn = (_, work) => work();

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isHopeless = (error: unknown): boolean =>
  error instanceof DeliveryError && error.failure === "destination-rejected";

const waitAskedFor = (error: unknown): number => (error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0);

export const outboxSending = (ports: OutboxSendingPorts, settings: RetrySettings): OutboxSending => {
  const { outbox, clock, log, kind, send, stands, turn = atOnce } = ports;
  // One for each sending: what listens to a signal that outlives it would be kept as long as the signal.
  const sendings = new Set<AbortController>();
  let calledOff = false;

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

  const attempt = async (entry: ClaimedEntry): Promise<void> => {
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

  return {
    attempt,
    callOff: () => {
      calledOff = true;
      for (const sending of sendings) sending.abort();
    },
  };
};

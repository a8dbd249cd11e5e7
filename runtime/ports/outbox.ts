import type { JsonObject } from "../protocol/canonical-json.js";

/** Work that must survive a crash, written in the same transaction as the fact that caused it. */
export interface OutboxEntry {
  /** Names the worker's sender, for example `invite-mail`. */
  readonly kind: string;
  readonly payload: JsonObject;
  /** Not before this time (ms). */
  readonly dueAt: number;
}

/** An entry that one worker holds until its lease runs out. */
export interface ClaimedEntry extends OutboxEntry {
  readonly id: string;
  /** How often it was tried before. */
  readonly attempts: number;
  /** Names this claim. Whoever claims after the lease ran out gets another. */
  readonly lease: string;
}

export interface OutboxClaim {
  readonly now: number;
  /** For how long (ms) nobody else gets the entries. */
  readonly leaseMs: number;
  readonly limit: number;
  /** Random, new for each claim. */
  readonly lease: string;
}

export interface Outbox {
  add(entries: readonly OutboxEntry[]): Promise<void>;
  /** Takes due entries, the longest due first, and hides them from everybody else until the lease runs out. */
  claim(claim: OutboxClaim): Promise<readonly ClaimedEntry[]>;
  /** Removes a finished entry. False when the lease was lost meanwhile. */
  done(entry: ClaimedEntry): Promise<boolean>;
  /** Counts a try and puts the entry back until `dueAt`, with the reason in words. False when the lease was lost. */
  postpone(entry: ClaimedEntry, dueAt: number, reason: string): Promise<boolean>;
  /** Sets an entry aside for good, with the reason; it is kept for the operator for a while. False when the lease was lost. */
  abandon(entry: ClaimedEntry, at: number, reason: string): Promise<boolean>;
  /** Removes entries that were set aside before the time (ms); answers how many. */
  dropAbandonedBefore(time: number): Promise<number>;
  /** When the next entry is due, or its lease runs out (ms); undefined when there is none. */
  nextDue(): Promise<number | undefined>;
}

import type { JsonObject } from "../protocol/canonical-json.js";
import type { Threepid } from "../protocol/threepid.js";

/** Work that must survive a crash, written in the same transaction as the fact that caused it. */
export interface OutboxEntry {
  /** Names the worker that sends it, for example `invite-mail`. */
  readonly kind: string;
  readonly payload: JsonObject;
  /** Not before this time (ms). */
  readonly dueAt: number;
  /**
   * Who it goes to, where one that does not answer must hold up nobody else. Entries of one kind for one destination
   * are handed out one after the other, in the order they were added: what is behind waits until the first is done.
   */
  readonly destination?: string | undefined;
  /** An entry of the same kind and topic that nobody is sending just now is replaced in its place: this one knows more. */
  readonly topic?: string | undefined;
  /** Whose address is in it: it is erased together with that. */
  readonly threepid?: Threepid | undefined;
}

/** An entry that one worker holds until its lease runs out. */
export interface ClaimedEntry extends Pick<OutboxEntry, "kind" | "payload" | "dueAt" | "destination"> {
  readonly id: string;
  /** When it was added (ms). */
  readonly addedAt: number;
  /** How often it was tried before. */
  readonly attempts: number;
  /** Names this claim. Whoever claims after the lease ran out gets another. */
  readonly lease: string;
}

export interface OutboxClaim {
  readonly kind: string;
  readonly now: number;
  /** For how long (ms) nobody else gets the entries. */
  readonly leaseMs: number;
  readonly limit: number;
  /** Random, new for each claim. */
  readonly lease: string;
}

export interface Outbox {
  add(entries: readonly OutboxEntry[]): Promise<void>;
  /** Takes due entries of a kind, the longest due first, and hides them from everybody else until the lease runs out. */
  claim(claim: OutboxClaim): Promise<readonly ClaimedEntry[]>;
  /** Removes a finished entry; what waits behind it is due now. False when the lease was lost. */
  done(entry: ClaimedEntry, now: number): Promise<boolean>;
  /** Counts a try and puts the entry back until `dueAt`, with the reason in words. False when the lease was lost. */
  postpone(entry: ClaimedEntry, dueAt: number, reason: string): Promise<boolean>;
  /**
   * Sets an entry aside for good, with the reason; it is kept for the operator for a while. What waits behind it is due
   * now. False when the lease was lost.
   */
  abandon(entry: ClaimedEntry, now: number, reason: string): Promise<boolean>;
  /** Removes entries that were set aside before the time (ms); answers how many. */
  dropAbandonedBefore(time: number): Promise<number>;
  /** When the next entry of a kind is due, or its lease runs out (ms); undefined when there is none. */
  nextDue(kind: string): Promise<number | undefined>;
}

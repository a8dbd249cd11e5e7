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

/**
 * What is known of where an entry goes: `proven`, it answered last time; `unsure`, nobody has tried yet, or one try
 * failed; `failing`, one try after the other did. An entry without a destination stands for itself alone.
 */
export type Standing = "proven" | "unsure" | "failing";

/** An entry that one worker holds until its lease runs out. */
export interface ClaimedEntry extends Pick<OutboxEntry, "kind" | "payload" | "dueAt" | "destination"> {
  readonly id: string;
  readonly standing: Standing;
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
  /** Of these, so many that are not proven, the failing ones included; without a number as many as there may be. */
  readonly unproven?: number | undefined;
  /** Of those, so many that are failing. */
  readonly failing?: number | undefined;
  /** Of each of these one entry goes before all others, in this order, as far as the numbers allow. */
  readonly first?: readonly Standing[] | undefined;
  /** Random, new for each claim. */
  readonly lease: string;
}

export interface Outbox {
  add(entries: readonly OutboxEntry[]): Promise<void>;
  /**
   * Takes due entries of a kind, those that go `first`, then the proven before the unsure and the failing last, of each the
   * longest due first, and hides them from everybody else until the lease runs out.
   */
  claim(claim: OutboxClaim): Promise<readonly ClaimedEntry[]>;
  /** Removes a finished entry; its destination is proven, and what waits behind it due now. False when the lease was lost. */
  done(entry: ClaimedEntry, now: number): Promise<boolean>;
  /** Removes an entry that is not to be sent any more, unsent; what waits behind it is due now. False when the lease was lost. */
  withdraw(entry: ClaimedEntry, now: number): Promise<boolean>;
  /**
   * Counts a try and puts the entry back until `dueAt`, with the reason in words; it stands one step lower. False when the
   * lease was lost.
   */
  postpone(entry: ClaimedEntry, dueAt: number, reason: string): Promise<boolean>;
  /**
   * Sets an entry aside for good, with the reason; it is kept for the operator for a while. What waits behind it is due
   * now. False when the lease was lost.
   */
  abandon(entry: ClaimedEntry, now: number, reason: string): Promise<boolean>;
  /**
   * Removes entries that were set aside before the time (ms), and forgets who was proven before it and not since; answers
   * how many entries.
   */
  forgetBefore(time: number): Promise<number>;
  /** When the next entry of a kind that stands at least so well is due, or its lease runs out (ms); undefined without one. */
  nextDue(kind: string, atLeast?: Standing): Promise<number | undefined>;
}

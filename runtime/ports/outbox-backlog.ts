/** What waits in an outbox, for whoever watches it. */
export interface Backlog {
  readonly kind: string;
  /** Entries that are still to be sent, those that are being sent just now included. */
  readonly waiting: number;
  /** When the oldest of them was added (ms); undefined when none waits. */
  readonly oldest: number | undefined;
  /** Entries that were set aside for good. */
  readonly abandoned: number;
}

export interface OutboxBacklog {
  /** One for each kind that there are entries of. */
  backlog(): Promise<readonly Backlog[]>;
}

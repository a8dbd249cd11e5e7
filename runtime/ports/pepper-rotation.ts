/**
 * Moving on to another pepper while lookups are answered. Every association is hashed under the next pepper, in batches;
 * then that one becomes current, in one step; then what was hashed under the old one is removed, in batches. Whoever is
 * killed in between has lost nothing, and several processes may work on it at once.
 */

/** Times are milliseconds since 1970. */
export interface Pepper {
  readonly pepper: string;
  readonly createdAt: number;
}

export interface PepperState {
  /** The one that clients hash with. */
  readonly current: Pepper;
  /** The one that takes its place, and how many associations are hashed under it. */
  readonly next: (Pepper & { readonly hashed: number }) | undefined;
  /** Whether there are hashes under peppers that are no longer current. */
  readonly sweeping: boolean;
  /** When somebody last worked on what is left to do. */
  readonly workedAt: number;
}

export interface PepperRotation {
  state(): Promise<PepperState>;
  /**
   * Names the next pepper, unless there is one already or the current one was made after `unlessAfter`. Answers whether
   * it did.
   */
  begin(pepper: string, now: number, unlessAfter?: number): Promise<boolean>;
  /** Does one small part of what is left to do; answers whether more is left. */
  step(now: number): Promise<boolean>;
}

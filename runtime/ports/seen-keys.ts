/** What each requester has asked for already, so that asking for it again need not count as something new. */
export interface SeenKeys {
  /** Those of the keys (at least 8 bytes, evenly spread) that are not remembered for this requester. */
  unseen(requester: string, keys: readonly Uint8Array[]): readonly Uint8Array[];
  /** What is remembered may be forgotten when there is too much of it. */
  remember(requester: string, keys: readonly Uint8Array[]): void;
}

/** Whether a server's storage works. */
export interface StorageProbe {
  /** Reads, writes and commits. Throws when any of that fails; data is left as it was. */
  probe(): Promise<void>;
}

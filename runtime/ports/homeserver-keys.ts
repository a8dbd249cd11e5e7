/** The published keys of homeservers, for checking X-Matrix signatures. */
export interface HomeserverKeys {
  /**
   * The ed25519 public key (base64, padded or not) that `serverName` publishes under `keyId` and still uses, or
   * undefined when it has no such key or cannot be asked.
   */
  publicKey(serverName: string, keyId: string): Promise<string | undefined>;
}

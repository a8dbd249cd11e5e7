/** An ed25519 key of this server. */
export interface StoredSigningKey {
  /** `ed25519:` and `[a-zA-Z0-9_]+`. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** Unpadded standard base64. */
  readonly publicKey: string;
  readonly createdAt: number;
  /** When it stopped signing; it stays checkable. */
  readonly retiredAt: number | undefined;
}

/** Keeps the server's own signing keys for ever. */
export interface SigningKeys {
  /** All keys, newest first; the first that is not retired signs. */
  all(): Promise<readonly StoredSigningKey[]>;
  /** The signing key; stores the candidate when there is none yet. */
  currentOr(candidate: StoredSigningKey): Promise<StoredSigningKey>;
  /** Makes the given key the signing key and retires the one before it, at the new key's `createdAt`. */
  rotate(next: StoredSigningKey): Promise<void>;
}

/** The rows of tables that both servers have. */

export interface ValidationSessionsTable {
  sid: string;
  medium: string;
  address: string;
  destination: string;
  client_secret: string;
  token: string;
  next_link: string | null;
  send_attempt: number | null;
  wrong_tokens: number;
  created_at: number;
  changed_at: number;
  validated_at: number | null;
  /** 1 once a newer session took over its address and secret. */
  superseded: number;
}

export interface SigningKeysTable {
  key_id: string;
  /** Unpadded base64. */
  seed: string;
  public_key: string;
  created_at: number;
  retired_at: number | null;
}

/** The rows of the tables that both servers have, as Kysely knows them. A server's schema extends this one. */

import type { Generated } from "kysely";

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

export interface OutboxTable {
  id: Generated<number>;
  kind: string;
  /** JSON. */
  payload: string;
  /** Also the end of a lease; null once abandoned. */
  due_at: number | null;
  attempts: Generated<number>;
  lease: string | null;
  last_error: string | null;
  abandoned_at: number | null;
}

export interface BaseSchema {
  validation_sessions: ValidationSessionsTable;
  signing_keys: SigningKeysTable;
  outbox: OutboxTable;
}

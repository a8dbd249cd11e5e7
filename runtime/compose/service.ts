/** One of the two servers, made and not yet listening. */

import type { Server } from "../../generated/seam/server.js";
import type { OutboxBacklog } from "../ports/outbox-backlog.js";
import type { StorageProbe } from "../ports/storage-probe.js";

import type { Listener } from "./listener.js";

export interface Service {
  readonly server: Server;
  /** Whether its database can be read and written. */
  readonly storage: StorageProbe;
  /** Where it sends anything later than it answers. */
  readonly outbox?: OutboxBacklog;
  /** A further port that it listens on. */
  readonly internal?: Listener;
  /** Begins work that no request waits for. */
  start(): void;
  /** Ends that work and closes the database. */
  close(): Promise<void>;
}

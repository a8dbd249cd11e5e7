/** One of the two servers, made and not yet listening. */

import type { Server } from "../../generated/seam/server.js";

export interface Service {
  readonly server: Server;
  /** Begins work that no request waits for. */
  start(): void;
  /** Ends that work and closes the database. */
  close(): Promise<void>;
}

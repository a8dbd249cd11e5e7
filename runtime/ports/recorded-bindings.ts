/** Where a homeserver had the threepids of its users bound. */

import type { Threepid } from "../protocol/threepid.js";
import type { OutboxEntry } from "./outbox.js";

/** A threepid that this homeserver had an identity server bind to one of its users. The address is canonical. */
export interface Binding extends Threepid {
  readonly mxid: string;
  /** The identity server's name as in `id_server`, without scheme. */
  readonly idServer: string;
}

export interface RecordedBindings {
  /**
   * Answers whether it was recorded before. `full`, and nothing is recorded, where the user has so many already: those
   * that wait in the outbox to be taken back count as well.
   */
  record(binding: Binding, most: number): Promise<"new" | "known" | "full">;

  forget(binding: Binding): Promise<void>;

  /**
   * Forgets a binding and adds what will take it back later, in one transaction. Answers false, and does nothing, when it
   * is not recorded. Its topic begins with the user ID and a space.
   */
  replace(binding: Binding, unbinding: OutboxEntry): Promise<boolean>;

  /** Every binding of the user. */
  list(mxid: string): Promise<readonly Binding[]>;

  /** Forgets every binding of a user who is no more. */
  forgetAll(mxid: string): Promise<void>;
}

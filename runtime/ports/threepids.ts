/** Which threepids belong to which account of a homeserver, and where the homeserver had them bound. */

import type { Threepid } from "../protocol/threepid.js";
import type { AccountThreepid } from "./accounts.js";

/** A threepid that this homeserver had an identity server bind to one of its users. */
export interface Binding extends Threepid {
  readonly mxid: string;
  /** The identity server's name as in `id_server`, without scheme. */
  readonly idServer: string;
}

/** Addresses are canonical. One threepid belongs to one account at most. */
export interface AccountThreepids {
  ownerOf(threepid: Threepid): Promise<string | undefined>;

  /** Oldest first. */
  list(mxid: string): Promise<readonly AccountThreepid[]>;

  /** `present` when the account has it already: nothing changes. `gone` when the account is no more. */
  add(mxid: string, threepid: AccountThreepid): Promise<"added" | "present" | "taken" | "gone">;

  remove(mxid: string, threepid: Threepid): Promise<void>;

  /** Answers whether it was not recorded before. */
  recordBinding(binding: Binding): Promise<boolean>;

  forgetBinding(binding: Binding): Promise<void>;

  /** Every binding of the account. */
  bindings(mxid: string): Promise<readonly Binding[]>;
}

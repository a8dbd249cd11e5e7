/** All accounts, for whoever runs the server: nothing that requests need. */

import type { AccountKind, AccountState } from "./account-store.js";

export interface RegisteredAccount {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly state: AccountState;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface AccountRegister {
  /** At most `limit` accounts in the order of their user IDs, from the one after `after` on. */
  page(after: string | undefined, limit: number): Promise<readonly RegisteredAccount[]>;

  find(mxid: string): Promise<RegisteredAccount | undefined>;
}

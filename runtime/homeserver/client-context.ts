import type { Account } from "../ports/account-store.js";
import type { RequestContext } from "../ports/requester.js";

/** What every handler of the Client-Server API is given, whatever its era. */
export type ClientContext = RequestContext<Account>;

/** The threepids of an account. Client-Server API r0, "Adding Account Administrative Contact Information". */

import { accountThreepids, credentialsOf } from "../account-threepids.js";
import { logged } from "../domain/access.js";
import type { Threepids } from "../domain/threepids.js";
import type { Section } from "./context.js";

export const threepids = (domain: Threepids): Section<"getAccount3PIDs" | "post3PIDs" | "delete3pidFromAccount"> => ({
  ...accountThreepids(domain),

  async post3PIDs({ body = {} }, { requester, clientIp }) {
    const account = logged(requester);
    await domain.addAtOnce({ account, credentials: credentialsOf(body), bind: body.bind ?? false, clientIp });
    return { status: 200, body: {} };
  },
});

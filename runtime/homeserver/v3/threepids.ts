/** The threepids of an account. Client-Server API, "Adding Account Administrative Contact Information". */

import { accountThreepids, credentialsOf, removalOf } from "../account-threepids.js";
import { authAttempt, authResponse } from "../auth-data.js";
import { logged } from "../domain/access.js";
import type { Threepids } from "../domain/threepids.js";
import type { Section } from "./context.js";

type ThreepidOperation =
  | "getAccount3PIDs"
  | "post3PIDs"
  | "add3PID"
  | "bind3PID"
  | "unbind3pidFromAccount"
  | "delete3pidFromAccount";

export const threepids = (domain: Threepids): Section<ThreepidOperation> => ({
  ...accountThreepids(domain),

  async post3PIDs({ body }, { requester, clientIp }) {
    await domain.addAtOnce({ account: logged(requester), credentials: credentialsOf(body), bind: false, clientIp });
    return { status: 200, body: {} };
  },

  async add3PID({ body }, { requester, clientIp }) {
    const { sid, client_secret: clientSecret, auth } = body;
    const result = await domain.add({
      account: logged(requester),
      credentials: { sid, clientSecret },
      auth: authAttempt(auth),
      clientIp,
    });
    return result.outcome === "challenged" ? authResponse(result.challenge) : { status: 200, body: {} };
  },

  async bind3PID({ body }, { requester }) {
    const { sid, client_secret: clientSecret, id_server: idServer, id_access_token: idAccessToken } = body;
    await domain.bind(logged(requester), { sid, clientSecret, idServer, idAccessToken });
    return { status: 200, body: {} };
  },

  async unbind3pidFromAccount({ body }, { requester }) {
    const unbindResult = await domain.unbind(logged(requester), removalOf(body));
    return { status: 200, body: { id_server_unbind_result: unbindResult } };
  },
});

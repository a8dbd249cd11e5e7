/** A `fetch` that calls a server in this very process, with no port open. */

import type { Server } from "../../generated/seam/server.js";

/** For clients (`createIdentityClient({ baseUrl, fetch: inProcess(server) })`) and tests. */
export const inProcess =
  (server: Pick<Server, "fetch">) =>
  (input: Request | string | URL, init?: RequestInit): Promise<Response> =>
    server.fetch(input instanceof Request && init === undefined ? input : new Request(input, init));

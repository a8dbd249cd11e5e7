/** The threepids of an account. Client-Server API r0, "Adding Account Administrative Contact Information". */

import { logged } from "../domain/access.js";
import type { Threepids } from "../domain/threepids.js";
import type { Section } from "./context.js";

export const threepids = (domain: Threepids): Section<"getAccount3PIDs" | "post3PIDs" | "delete3pidFromAccount"> => ({
  async getAccount3PIDs(_, { requester }) {
    const list = await domain.list(logged(requester));
    const body = {
      threepids: list.map(({ medium, address, validatedAt, addedAt }) => ({
        medium,
        address,
        validated_at: validatedAt,
        added_at: addedAt,
      })),
    };
    return { status: 200, body };
  },

  async post3PIDs({ body }, { requester }) {
    const {
      sid,
      client_secret: clientSecret,
      id_server: idServer,
      id_access_token: idAccessToken,
    } = body.three_pid_creds;
    await domain.add(logged(requester), { sid, clientSecret, idServer, idAccessToken }, body.bind ?? false);
    return { status: 200, body: {} };
  },

  async delete3pidFromAccount({ body }, { requester }) {
    const { medium, address, id_server: idServer } = body;
    const unbindResult = await domain.remove(logged(requester), { medium, address, idServer });
    return { status: 200, body: { id_server_unbind_result: unbindResult } };
  },
});

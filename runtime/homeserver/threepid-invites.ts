/** Inviting somebody by an address, which is one and the same in both eras. Client-Server API, "Third-party invites". */

import { logged } from "./domain/access.js";
import type { ThreepidInvites } from "./domain/threepid-invites.js";
import type { Section } from "./r0/context.js";

export const threepidInvites = (domain: ThreepidInvites): Section<"inviteBy3PID"> => ({
  async inviteBy3PID({ params: { roomId }, body }, { requester }) {
    const { medium, address, id_server: idServer, id_access_token: idAccessToken } = body;
    await domain.invite(logged(requester), { roomId, medium, address, idServer, idAccessToken });
    return { status: 200, body: {} };
  },
});

/** Inviting somebody by an address, which is one and the same in every era. Client-Server API, "Third-party invites". */

import type { ClientContext } from "./client-context.js";
import { logged } from "./domain/access.js";
import type { ThreepidInvites } from "./domain/threepid-invites.js";

interface Asked {
  readonly params: { readonly roomId: string };
  readonly body: {
    readonly medium: string;
    readonly address: string;
    readonly id_server: string;
    readonly id_access_token?: string | undefined;
  };
}

export const threepidInvites = (domain: ThreepidInvites) => ({
  inviteBy3PID: async ({ params: { roomId }, body }: Asked, { requester }: ClientContext) => {
    const { medium, address, id_server: idServer, id_access_token: idAccessToken } = body;
    await domain.invite(logged(requester), { roomId, medium, address, idServer, idAccessToken });
    return { status: 200, body: {} } as const;
  },
});

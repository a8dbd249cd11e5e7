/** Invites by address: asked for by a client, bound by a user of ours, and exchanged by another server. */

import type { KeyValidity } from "../../ports/key-validity.js";
import { type BoundInvitePorts, type BoundInvites, boundInvites } from "./bound-invites.js";
import { type ExchangedInvites, exchangedInvites } from "./exchanged-invites.js";
import { pendingInviteCheck } from "./pending-invites.js";
import { type InvitePorts, type ThreepidInvites, threepidInvites } from "./threepid-invites.js";

export interface InviteCommands {
  readonly byAddress: ThreepidInvites;
  readonly bound: BoundInvites;
  readonly exchanged: ExchangedInvites;
}

type InviteCommandPorts = InvitePorts & Omit<BoundInvitePorts, "checkPending"> & { readonly keyValidity: KeyValidity };

export const inviteCommands = (ports: InviteCommandPorts): InviteCommands => {
  const shared = { ...ports, checkPending: pendingInviteCheck(ports) };
  return { byAddress: threepidInvites(shared), bound: boundInvites(shared), exchanged: exchangedInvites(shared) };
};

/**
 * Binding and unbinding at the word of the operator's own homeserver, which has seen the proof itself. The paths and
 * bodies are those of the API that operators of older identity servers have; it is no part of the protocol.
 */

import type { Handlers } from "../../generated/identity-internal/index.js";
import type { Associations } from "../ports/associations.js";
import { protocolError } from "../protocol/errors.js";
import { canonicalThreepid, parseEmail, type Threepid } from "../protocol/threepid.js";
import { requireAllowed } from "./allowed-homeservers.js";
import type { BoundBody } from "./binding.js";
import type { IdentitySettings } from "./settings.js";
import { requireUserId } from "./user-id.js";

export interface InternalApiPorts {
  readonly associations: Pick<Associations, "unbind">;
  readonly bind: (threepid: Threepid, mxid: string) => Promise<BoundBody>;
}

/** What is bound must be able to exist: nobody proves it here. */
const boundThreepid = ({ medium, address }: Threepid): Threepid => {
  if (medium === "email") return { medium, address: parseEmail(address).address };
  const digits = canonicalThreepid(medium, address);
  if (!/^[1-9]\d{4,14}$/.test(digits.address)) throw protocolError("M_INVALID_ADDRESS");
  return digits;
};

/** Who may ask is decided before. */
export const internalHandlers = (
  { associations, bind }: InternalApiPorts,
  settings: Pick<IdentitySettings, "allowedHomeservers">,
): Handlers<unknown> => ({
  internalBind: async ({ body: { mxid, ...threepid } }) => {
    requireAllowed(settings, requireUserId("mxid", mxid).serverName);
    return { status: 200, body: await bind(boundThreepid(threepid), mxid) };
  },
  internalUnbind: async ({ body: { medium, address, mxid } }) => {
    requireUserId("mxid", mxid);
    await associations.unbind(canonicalThreepid(medium, address), mxid);
    return { status: 200, body: {} };
  },
});

/** Invites by address, once somebody has the address. Server-Server API, "Third-party invites". */

import type { JsonObject } from "../../protocol/canonical-json.js";
import type { InviteCommands } from "../domain/invites.js";
import type { FederationContext, Given, Section } from "./context.js";
import type { RequestOrigin } from "./request-origin.js";

type InvitesSection = Section<
  "exchangeThirdPartyInvite" | "onBindThirdPartyIdentifier" | "onBindThirdPartyIdentifierPost"
>;

export const thirdPartyInvites = (
  invites: Pick<InviteCommands, "bound" | "exchanged">,
  originOf: RequestOrigin,
): InvitesSection => {
  const onBind = async ({ body }: Given<"onBindThirdPartyIdentifier", "body">, context: FederationContext) => {
    const waiting = (body.invites ?? []).map(({ mxid, room_id, sender, signed }) => ({
      mxid,
      roomId: room_id,
      sender,
      signed: { ...signed },
    }));
    await invites.bound.take({ mxid: body.mxid, invites: waiting }, context);
    return { status: 200, body: {} } as const;
  };

  return {
    onBindThirdPartyIdentifier: onBind,
    onBindThirdPartyIdentifierPost: onBind,

    async exchangeThirdPartyInvite({ params: { roomId }, body }, context) {
      const content: JsonObject = { ...body } as object as JsonObject; // it was read from JSON
      const origin = originOf(context, content);
      const { type, room_id, sender, state_key } = body;
      const { membership, third_party_invite } = body.content;
      const event = {
        type,
        roomId: room_id,
        sender,
        stateKey: state_key,
        membership,
        signed: { ...third_party_invite.signed },
      };
      await invites.exchanged.issue(origin, { roomId, event }, context);
      return { status: 200, body: {} };
    },
  };
};

/** Whether what an identity server signed claims an invite that waits in a room. */

import type { KeyValidity } from "../../ports/key-validity.js";
import type { ClaimedThreepidInvite, ThreepidInvite } from "../../ports/rooms.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import { inviteDisplayName, inviteKeys, type SignedInvite, signedWith } from "../../protocol/third-party-invite.js";

export type PendingVerdict =
  /** The room's invite is this user's now. */
  | { readonly outcome: "valid"; readonly claimed: ClaimedThreepidInvite }
  /** No key that the room lists has signed it. */
  | { readonly outcome: "unsigned" }
  /** One has, and whoever is asked about it says that it no longer counts. */
  | { readonly outcome: "revoked" }
  /** One has, and nobody says whether it counts. */
  | { readonly outcome: "unreachable" };

/**
 * Every server of a room verifies the signature; whether its key is still valid is asked by the one that makes the
 * invite a user's, which is where this is called. The key that signed is the one that is asked about.
 */
export type CheckPending = (pending: ThreepidInvite, signed: SignedInvite) => Promise<PendingVerdict>;

/** The content of the member event: nothing of it was said by anybody but the room's event and the signature. */
const claimedBy = ({ roomId, sender, token, content }: ThreepidInvite, mxid: string, signed: JsonObject) => ({
  roomId,
  sender,
  mxid,
  token,
  content: { membership: "invite", third_party_invite: { display_name: inviteDisplayName(content), signed } },
});

export const pendingInviteCheck =
  ({ keyValidity }: { readonly keyValidity: KeyValidity }): CheckPending =>
  async (pending, signed) => {
    if (signed.token !== pending.token) return { outcome: "unsigned" };
    let worst: "unsigned" | "revoked" | "unreachable" = "unsigned";
    for (const { publicKey, validityUrl } of inviteKeys(pending.content)) {
      const verified = signedWith(signed, publicKey);
      if (verified === undefined) continue;
      const verdict = validityUrl === undefined ? "valid" : await keyValidity.ask(validityUrl, publicKey);
      if (verdict === "valid") return { outcome: "valid", claimed: claimedBy(pending, signed.mxid, verified) };
      if (verdict === "unreachable") worst = "unreachable";
      else if (worst === "unsigned") worst = "revoked";
    }
    return { outcome: worst };
  };

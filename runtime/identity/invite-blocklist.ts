/** Invites that the operator wants nobody to be mailed: spam has a sender, a room, and words. */

import { foldCase } from "../protocol/case-folding.js";
import { protocolError } from "../protocol/errors.js";
import { hostOf, parseUserId } from "../protocol/identifiers.js";

/** What the operator names. */
export interface BlockedInvites {
  /** Names of homeservers whose users may not invite; one without a port stands for all ports. */
  readonly homeservers: readonly string[];
  /** IDs of rooms that nobody is invited to. */
  readonly rooms: readonly string[];
  /** Words that may stand in no name, alias or other text that comes with an invite, in whatever case. */
  readonly keywords: readonly string[];
}

export interface OfferedInvite {
  readonly room_id: string;
  readonly sender: string;
}

/** Throws M_FORBIDDEN for an invite that is blocked. It does not say why: whoever sends spam would try again. */
export type RequireUnblocked = (invite: OfferedInvite) => void;

export const inviteBlocklist = (blocked: BlockedInvites): RequireUnblocked => {
  const homeservers = new Set(blocked.homeservers.map(foldCase));
  const rooms = new Set(blocked.rooms);
  const keywords = blocked.keywords.map(foldCase);

  const isBlocked = ({ room_id, sender, ...details }: OfferedInvite): boolean => {
    const homeserver = foldCase(parseUserId(sender)?.serverName ?? "");
    if (rooms.has(room_id) || homeservers.has(homeserver) || homeservers.has(hostOf(homeserver))) return true;
    if (keywords.length === 0) return false;
    const texts = Object.values(details).flatMap((value: unknown) =>
      typeof value === "string" ? [foldCase(value)] : [],
    );
    return keywords.some((keyword) => texts.some((text) => text.includes(keyword)));
  };

  return (invite) => {
    if (isBlocked(invite)) throw protocolError("M_FORBIDDEN", { error: "This invite is not allowed here." });
  };
};

import type { Rooms, RoomVerdict } from "../../ports/rooms.js";
import { protocolError } from "../../protocol/errors.js";

/** The rooms, where somebody has them. Throws M_UNRECOGNIZED where nobody does: what needs them is not served then. */
export const servedRooms = (rooms: Rooms | undefined): Rooms => {
  if (rooms === undefined) throw protocolError("M_UNRECOGNIZED", { error: "This server has no rooms." });
  return rooms;
};

/** Throws M_FORBIDDEN or M_INVITE_BLOCKED, in the room's words where it has any. */
export const requireDone = (verdict: RoomVerdict): void => {
  if (verdict.outcome === "done") return;
  const errcode = verdict.outcome === "blocked" ? "M_INVITE_BLOCKED" : "M_FORBIDDEN";
  throw protocolError(errcode, verdict.reason === undefined ? {} : { error: verdict.reason });
};

import type { RoomVerdict } from "../../ports/rooms.js";
import { protocolError } from "../../protocol/errors.js";

/** Throws M_FORBIDDEN or M_INVITE_BLOCKED, in the room's words where it has any. */
export const requireDone = (verdict: RoomVerdict): void => {
  if (verdict.outcome === "done") return;
  const errcode = verdict.outcome === "blocked" ? "M_INVITE_BLOCKED" : "M_FORBIDDEN";
  throw protocolError(errcode, verdict.reason === undefined ? {} : { error: verdict.reason });
};

import type { Threepid } from "../../protocol/threepid.js";
import type { ThreepidSettings } from "../settings.js";
import { anyOf } from "./patterns.js";

/** Whether the operator's rules let a canonical address be used here. */
export type IsPermitted = (threepid: Threepid) => boolean;

export const permittedThreepids = ({ allow, deny }: Pick<ThreepidSettings, "allow" | "deny">): IsPermitted => {
  const allowed = allow.length === 0 ? () => true : anyOf(allow);
  const denied = anyOf(deny);
  return ({ address }) => allowed(address) && !denied(address);
};

import { type ProtocolError, protocolError } from "../../protocol/errors.js";
import type { Threepid } from "../../protocol/threepid.js";
import type { ThreepidSettings } from "../settings.js";
import { anyOf } from "./patterns.js";

/** Whether the operator's rules let a canonical address be used here. */
export interface PermittedThreepids {
  includes(threepid: Threepid): boolean;
  /** Throws M_THREEPID_MEDIUM_NOT_SUPPORTED, M_THREEPID_DENIED. */
  require(threepid: Threepid): void;
}

/** The error for changes of an account's threepids where the operator allows none. */
export const changesForbidden = (): ProtocolError =>
  protocolError("M_FORBIDDEN", { error: "The addresses of accounts cannot be changed here." });

export const permittedThreepids = (settings: ThreepidSettings): PermittedThreepids => {
  const { allow, deny } = settings;
  const allowed = allow.length === 0 ? () => true : anyOf(allow);
  const denied = anyOf(deny);
  const fits = ({ address }: Threepid): boolean => allowed(address) && !denied(address);
  return {
    includes: (threepid) => settings[threepid.medium].enabled && fits(threepid),
    require(threepid) {
      if (!settings[threepid.medium].enabled) throw protocolError("M_THREEPID_MEDIUM_NOT_SUPPORTED");
      if (!fits(threepid)) throw protocolError("M_THREEPID_DENIED");
    },
  };
};

/**
 * Whose users are served: everybody's, or those of the homeservers that the operator lists. Version 1 knows no callers,
 * so it is the user named in a request whose server counts, in both versions.
 */

import type { Operation } from "../../generated/seam/contract.js";
import { protocolError } from "../protocol/errors.js";
import { parseUserId } from "../protocol/identifiers.js";
import type { IdentityRequester } from "./context.js";
import type { IdentitySettings } from "./settings.js";
import { asksNothingOfCallers } from "./terms.js";

type Allowed = Pick<IdentitySettings, "allowedHomeservers">;

/** Throws M_UNAUTHORIZED (403) for the users of a homeserver that is not listed. */
export const requireAllowed = ({ allowedHomeservers }: Allowed, serverName: string): void => {
  if (allowedHomeservers === undefined || allowedHomeservers.has(serverName)) return;
  throw protocolError("M_UNAUTHORIZED", { status: 403, error: "Users of this homeserver are not served here." });
};

/** Refuses access tokens that were issued before the list was; undefined where there is no list. */
export const allowedPermit = (
  settings: Allowed,
): ((requester: IdentityRequester, operation: Operation) => void) | undefined => {
  if (settings.allowedHomeservers === undefined) return undefined;
  return ({ mxid }, operation) => {
    if (!asksNothingOfCallers(operation)) requireAllowed(settings, parseUserId(mxid)?.serverName ?? "");
  };
};

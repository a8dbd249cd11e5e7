/** Who may act in whose name. Version 2 knows its callers; version 1 does not, and operators decide what that means. */

import { protocolError } from "../protocol/errors.js";
import type { IdentityContext } from "./context.js";

/** Throws M_UNAUTHORIZED (403) unless the access token belongs to this user. */
export const requireCaller = ({ requester }: IdentityContext, mxid: string, error: string): void => {
  if (requester?.mxid !== mxid) throw protocolError("M_UNAUTHORIZED", { status: 403, error });
};

/** An operation of version 1 that the operator does not allow is not there. */
export const requireV1 = (allowed: boolean): void => {
  if (!allowed) throw protocolError("M_UNRECOGNIZED");
};

/** Access tokens: where they stand in a request, and what is said when they are absent or unknown. */

import { queryValues } from "../../generated/seam/decode.js";
import type { RawRequest } from "../../generated/seam/server.js";
import { type ProtocolError, protocolError } from "../protocol/errors.js";
import type { Codes } from "./errors.js";

/**
 * The access token of a request: from `Authorization: Bearer`, else from `?access_token=`. Other schemes, such as
 * X-Matrix, are no tokens; a key given twice or an empty one is none either.
 */
export const accessTokenOf = (request: RawRequest): string | undefined => {
  const bearer = /^bearer +(\S+) *$/i.exec(request.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  if (!request.target.includes("access_token=")) return undefined;
  const [token, ...others] = queryValues(request.target, "access_token");
  return token === undefined || token === "" || others.length > 0 ? undefined : token;
};

export const missingToken = (codes: Codes): ProtocolError =>
  protocolError(codes === "identity" ? "M_UNAUTHORIZED" : "M_MISSING_TOKEN");

export const unknownToken = (codes: Codes): ProtocolError =>
  protocolError(codes === "identity" ? "M_UNAUTHORIZED" : "M_UNKNOWN_TOKEN");

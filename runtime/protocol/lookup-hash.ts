/** How addresses are compared without being named (Identity Service API, "Hash details" and "Lookup"). */

import { hash } from "node:crypto";
import type { Threepid } from "./threepid.js";

/** URL-safe unpadded base64 of SHA-256 over `address medium pepper`. The address must be canonical. */
export const lookupHash = ({ address, medium }: Threepid, pepper: string): string =>
  hash("sha256", `${address} ${medium} ${pepper}`, "base64url");

/** The spelling of algorithm `none`: `address medium`. */
export const plainLookup = ({ address, medium }: Threepid): string => `${address} ${medium}`;

/** Where a person may be sent after opening the mailed link. */

import { invalidParam } from "../protocol/errors.js";

const maxLength = 2000;

/** Throws M_INVALID_PARAM unless the link is absolute http(s), names no credentials, and leads to an allowed host. */
export const checkNextLink = (nextLink: string, hosts: readonly string[] | undefined): void => {
  const url = nextLink.length <= maxLength && URL.canParse(nextLink) ? new URL(nextLink) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalidParam("next_link", "must be an http or https URL");
  }
  if (url.username !== "" || url.password !== "") throw invalidParam("next_link", "must not name a user or password");
  if (hosts !== undefined && !hosts.includes(url.host)) throw invalidParam("next_link", "leads to a host not allowed");
};

/** The link with `sid` added, as clients that continue a registration expect; one that it has already stays. */
export const withSid = (nextLink: string, sid: string): string => {
  const url = new URL(nextLink);
  if (!url.searchParams.has("sid")) url.searchParams.append("sid", sid);
  return url.href;
};

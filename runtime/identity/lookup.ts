/** Who is behind an address, by the address itself. Identity Service API v1, "Association lookup". */

import type { Associations } from "../ports/associations.js";
import { protocolError } from "../protocol/errors.js";
import { canonicalThreepid, isMedium } from "../protocol/threepid.js";
import type { IdentityHandlers, Section } from "./context.js";
import { signedBodyOf } from "./signed-association.js";

/** More addresses than this in one request are refused, whatever size of body the operator allows. */
const maxAddresses = 10_000;

export const lookup = ({
  associations,
}: {
  readonly associations: Associations;
}): Section<"lookupUser" | "lookupUsers"> => {
  const lookupUser: IdentityHandlers["lookupUser"] = async ({ query: { medium, address } }) => {
    const found = isMedium(medium) ? await associations.find(canonicalThreepid(medium, address)) : undefined;
    return { status: 200, body: found === undefined ? {} : signedBodyOf(found) };
  };

  const lookupUsers: IdentityHandlers["lookupUsers"] = async ({ body: { threepids } }) => {
    if (threepids.length > maxAddresses) throw protocolError("M_TOO_LARGE");
    const asked = threepids.flatMap(([medium, address]) =>
      isMedium(medium) ? [{ medium, address, canonical: canonicalThreepid(medium, address) }] : [],
    );
    const mxids = await associations.mxidsOf(asked.map(({ canonical }) => canonical));
    const found = asked.flatMap(({ medium, address }, i): [string, string, string][] => {
      const mxid = mxids[i];
      return mxid === undefined ? [] : [[medium, address, mxid]];
    });
    return { status: 200, body: { threepids: found } };
  };

  return { lookupUser, lookupUsers };
};

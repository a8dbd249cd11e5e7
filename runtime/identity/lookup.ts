/** Who is behind an address, by the address itself. Identity Service API v1, "Association lookup". */

import type { Associations } from "../ports/associations.js";
import { protocolError } from "../protocol/errors.js";
import { plainDigest, plainLookup } from "../protocol/lookup-hash.js";
import { canonicalThreepid, isMedium } from "../protocol/threepid.js";
import type { IdentityHandlers, Section } from "./context.js";
import { countForClient, type LookupLimitPorts } from "./lookup-limits.js";
import { signedBodyOf } from "./signed-association.js";

/** More addresses than this in one request are refused, whatever size of body the operator allows. */
const maxAddresses = 10_000;

export const lookup = (
  ports: LookupLimitPorts & { readonly associations: Associations },
): Section<"lookupUser" | "lookupUsers"> => {
  const { associations } = ports;

  const lookupUser: IdentityHandlers["lookupUser"] = async ({ query: { medium, address } }, { clientIp }) => {
    if (!isMedium(medium)) return { status: 200, body: {} };
    const threepid = canonicalThreepid(medium, address);
    await countForClient(ports, clientIp, [plainDigest(threepid)]);
    const found = await associations.find(threepid);
    return { status: 200, body: found === undefined ? {} : signedBodyOf(found) };
  };

  const lookupUsers: IdentityHandlers["lookupUsers"] = async ({ body: { threepids } }, { clientIp }) => {
    if (threepids.length > maxAddresses) throw protocolError("M_TOO_LARGE");
    const asked = threepids.flatMap(([medium, address]) =>
      isMedium(medium) ? [{ medium, address, canonical: canonicalThreepid(medium, address) }] : [],
    );
    const keys = new Map(asked.map(({ canonical }) => [plainLookup(canonical), plainDigest(canonical)]));
    await countForClient(ports, clientIp, [...keys.values()]);
    const mxids = await associations.mxidsOf(asked.map(({ canonical }) => canonical));
    const found = asked.flatMap(({ medium, address }, i): [string, string, string][] => {
      const mxid = mxids[i];
      return mxid === undefined ? [] : [[medium, address, mxid]];
    });
    return { status: 200, body: { threepids: found } };
  };

  return { lookupUser, lookupUsers };
};

/** Associations: the newest of each address, folded, and signed so that whoever looks one up can check it. */

import { type Signer, signedBodyOf, signedBy } from "../../identity/signed-association.js";
import type { Association } from "../../ports/associations.js";
import type { ImportTarget } from "../../ports/identity-import.js";
import type { SydentAssociation } from "../../ports/sydent-database.js";
import { CanonicalJsonError, canonicalJson } from "../../protocol/canonical-json.js";
import { parseUserId } from "../../protocol/identifiers.js";
import { isRecord } from "../../protocol/record.js";
import type { Signatures } from "../../protocol/signed-json.js";
import { canonicalThreepid, isMedium } from "../../protocol/threepid.js";
import { type Count, digestOf } from "./tally.js";

/** How long an association holds where nothing says so: a hundred years, in milliseconds. */
const lifetime = 100 * 365 * 24 * 60 * 60 * 1000;

const isSignatures = (value: unknown): value is Signatures =>
  isRecord(value) &&
  Object.values(value).every((keys) => isRecord(keys) && Object.values(keys).every((it) => typeof it === "string"));

/**
 * The signatures that other servers made over exactly what we will answer. Where it says anything else (an address that
 * was not folded, invites) they would not verify, and ours stands alone.
 */
const signaturesOver = (association: Association, signed: string | null): Signatures => {
  if (signed === null) return {};
  try {
    const given: unknown = JSON.parse(signed);
    if (!isRecord(given)) return {};
    const { signatures, unsigned: _unsigned, ...body } = given;
    const { signatures: _none, ...ours } = signedBodyOf({ ...association, signatures: {} });
    return isSignatures(signatures) && canonicalJson(body) === canonicalJson(ours) ? signatures : {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof CanonicalJsonError) return {};
    throw error;
  }
};

const isTime = (value: number | null): boolean => value === null || Number.isSafeInteger(value);

/** @param rows grouped by canonical address, the right one of each group first */
export const moveAssociations = (
  rows: Iterable<SydentAssociation>,
  target: ImportTarget,
  signer: Signer,
  count: Count,
): void => {
  let last = "";
  for (const { table, id, medium, address, mxid, ts, notBefore, notAfter, signed } of rows) {
    count.found();
    const threepid = isMedium(medium) ? canonicalThreepid(medium, address) : undefined;
    if (threepid === undefined) {
      count.leftOut("of a medium that is neither email nor msisdn");
      continue;
    }
    const group = `${threepid.medium} ${threepid.address}`;
    if (group === last) {
      count.leftOut("older than another of the same address");
      continue;
    }
    last = group;
    const isReadable = Number.isSafeInteger(ts) && isTime(notBefore) && isTime(notAfter);
    if (!isReadable || (mxid !== null && parseUserId(mxid) === undefined)) {
      count.leftOut("with a user ID or a time that is none");
      continue;
    }
    if (mxid === null) count.leftOut("unbound");
    // By its place and time alone: whoever tries out addresses must not find the trace of one that was erased.
    if (!target.isNew(digestOf("association", table, id, ts, mxid !== null))) continue;
    const boundAt = target.boundAt(threepid);
    if (boundAt !== undefined && boundAt > ts) {
      if (mxid !== null) count.leftOut("older than the one that is bound here");
    } else if (mxid === null) {
      count.changed(target.removeAssociation(threepid));
    } else {
      const times = { ts, notBefore: notBefore ?? ts, notAfter: notAfter ?? ts + lifetime };
      const association: Association = { ...threepid, mxid, ...times };
      count.changed(target.putAssociation(signedBy(signer, association, signaturesOver(association, signed))));
    }
  }
};

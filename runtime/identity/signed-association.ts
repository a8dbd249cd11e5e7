/**
 * Associations as they are signed and sent. Signed once, when bound: lookups answer the stored signature, and only a
 * binding that brings invites along is signed a second time, over the invites too.
 */

import type { Association, ClaimedInvite, SignedAssociation } from "../ports/associations.js";
import type { SigningKey } from "../protocol/ed25519.js";
import { type Signatures, type Signed, signJson } from "../protocol/signed-json.js";
import type { Medium, Threepid } from "../protocol/threepid.js";

/** Who signs: the long-term key, under the server's name. */
export interface Signer {
  readonly serverName: string;
  readonly signingKey: SigningKey;
}

/** The fields that a signature covers, as they go over the wire. */
interface AssociationBody {
  readonly address: string;
  readonly medium: Medium;
  readonly mxid: string;
  readonly not_before: number;
  readonly not_after: number;
  readonly ts: number;
}

/** An invite made out to whoever bound its address, as the user's homeserver needs it. */
interface ClaimedInviteBody {
  readonly medium: Medium;
  readonly address: string;
  readonly mxid: string;
  readonly room_id: string;
  readonly sender: string;
  readonly signed: Signed<{ readonly mxid: string; readonly token: string }>;
}

/** How long an association holds: a hundred years, in milliseconds. */
const lifetime = 100 * 365 * 24 * 60 * 60 * 1000;

const bodyOf = ({ address, medium, mxid, notBefore, notAfter, ts }: Association): AssociationBody => ({
  address,
  medium,
  mxid,
  not_before: notBefore,
  not_after: notAfter,
  ts,
});

/** The association with our signature beside those that it has already. */
export const signedBy = (
  { serverName, signingKey }: Signer,
  association: Association,
  earlier: Signatures = {},
): SignedAssociation => {
  const { signatures } = signJson({ ...bodyOf(association), signatures: earlier }, serverName, signingKey);
  return { ...association, signatures };
};

/** The association of a threepid with a user from now on, signed. */
export const signAssociation = (
  { medium, address }: Threepid,
  mxid: string,
  now: number,
  signer: Signer,
): SignedAssociation => signedBy(signer, { medium, address, mxid, ts: now, notBefore: now, notAfter: now + lifetime });

/** The wire form with the signatures that were made when it was bound. */
export const signedBodyOf = (
  association: SignedAssociation,
): AssociationBody & { readonly signatures: Signatures } => ({
  ...bodyOf(association),
  signatures: association.signatures,
});

export type BodyWithInvites = Signed<AssociationBody & { readonly invites: ClaimedInviteBody[] }>;

/** The wire form together with the invites that waited for it, each and all signed. */
export const signedBodyWithInvites = (
  association: SignedAssociation,
  invites: readonly ClaimedInvite[],
  { serverName, signingKey }: Signer,
): BodyWithInvites => {
  const { medium, address, mxid } = association;
  const claimed = invites.map(({ token, roomId, sender }) => ({
    medium,
    address,
    mxid,
    room_id: roomId,
    sender,
    signed: signJson({ mxid, token }, serverName, signingKey),
  }));
  return signJson({ ...bodyOf(association), invites: claimed }, serverName, signingKey);
};

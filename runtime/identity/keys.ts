/** The keys this server signs with, and those it made for invites. Identity Service API, "Key management". */

import type { Invites } from "../ports/invites.js";
import { protocolError } from "../protocol/errors.js";
import type { Given, Section } from "./context.js";
import type { Keyring } from "./keyring.js";

type KeysSection = Section<
  | "getPubKey"
  | "getPubKeyV2"
  | "isPubKeyValid"
  | "isPubKeyValidV2"
  | "isEphemeralPubKeyValid"
  | "isEphemeralPubKeyValidV2"
>;

export const keys = ({ keyring, invites }: { readonly keyring: Keyring; readonly invites: Invites }): KeysSection => {
  const answerKey = (publicKey: string | undefined) => {
    if (publicKey === undefined) throw protocolError("M_NOT_FOUND", { error: "This server has no key with this id." });
    return { status: 200, body: { public_key: publicKey } } as const;
  };

  const answerValid = (valid: boolean) => ({ status: 200, body: { valid } }) as const;

  /** A key that is in memory, as all but the newest are, is answered without waiting. */
  const getPubKey = ({ params }: Given<"getPubKey", "params">) => {
    const publicKey = keyring.publicKey(params.keyId);
    return publicKey instanceof Promise ? publicKey.then(answerKey) : answerKey(publicKey);
  };

  const isPubKeyValid = ({ query }: Given<"isPubKeyValid", "query">) => {
    const valid = keyring.holds(query.public_key);
    return valid instanceof Promise ? valid.then(answerValid) : answerValid(valid);
  };

  const isEphemeralPubKeyValid = async ({ query }: Given<"isEphemeralPubKeyValid", "query">) =>
    ({ status: 200, body: { valid: await invites.hasEphemeralKey(query.public_key) } }) as const;

  return {
    getPubKey,
    getPubKeyV2: getPubKey,
    isPubKeyValid,
    isPubKeyValidV2: isPubKeyValid,
    isEphemeralPubKeyValid,
    isEphemeralPubKeyValidV2: isEphemeralPubKeyValid,
  };
};

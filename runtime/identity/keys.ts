/** The keys this server signs with, and those it made for invites. Identity Service API, "Key management". */

import type { Clock } from "../ports/clock.js";
import type { Invites } from "../ports/invites.js";
import { protocolError } from "../protocol/errors.js";
import type { Keyring } from "../signing/keyring.js";
import type { Given, Section } from "./context.js";

type KeysSection = Section<
  | "getPubKey"
  | "getPubKeyV2"
  | "isPubKeyValid"
  | "isPubKeyValidV2"
  | "isEphemeralPubKeyValid"
  | "isEphemeralPubKeyValidV2"
>;

export interface KeysPorts {
  readonly keyring: Keyring;
  readonly invites: Invites;
  readonly clock: Clock;
}

export const keys = ({ keyring, invites, clock }: KeysPorts): KeysSection => {
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

  /**
   * An invite's own key is used up once its address was bound: from then on the long-term key speaks for the invite.
   * Signing with it does not use it up, for the homeserver that gets the signature asks only afterwards.
   */
  const isEphemeralPubKeyValid = async ({ query }: Given<"isEphemeralPubKeyValid", "query">) =>
    ({ status: 200, body: { valid: await invites.hasEphemeralKey(query.public_key, clock.now()) } }) as const;

  return {
    getPubKey,
    getPubKeyV2: getPubKey,
    isPubKeyValid,
    isPubKeyValidV2: isPubKeyValid,
    isEphemeralPubKeyValid,
    isEphemeralPubKeyValidV2: isEphemeralPubKeyValid,
  };
};

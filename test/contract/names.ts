/** Who is who in the world of the contract's tests. */

import { type SigningKey, signingKeyOf } from "../../runtime/protocol/ed25519.js";

export const identityName = "id.example.org";
export const homeserverName = "example.org";
/** A homeserver whose key the identity server knows. */
export const knownHomeserver: { readonly name: string; readonly key: SigningKey } = {
  name: "known.example",
  key: signingKeyOf("ed25519:k1", new Uint8Array(32).fill(7)),
};

/** What the main identity server's internal API wants to hear. */
export const internalSecret = "known-to-its-operator";

/** Nobody is invited to it. */
export const blockedRoom = "!blocked:example.org";

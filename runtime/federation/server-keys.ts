/** The keys that other homeservers sign with now, for whoever checks a signature. */

import type { Clock } from "../ports/clock.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { FetchedKeys, RememberedKeys } from "./remembered-keys.js";

export const serverKeys = (remembered: RememberedKeys, { clock }: { readonly clock: Clock }): HomeserverKeys => {
  const validKey = (keys: FetchedKeys | undefined, keyId: string): string | undefined =>
    keys !== undefined && clock.now() < keys.validUntil ? keys.keys.get(keyId) : undefined;

  return {
    publicKey: async (serverName, keyId) =>
      validKey(await remembered(serverName, (keys) => validKey(keys, keyId) !== undefined), keyId),
  };
};

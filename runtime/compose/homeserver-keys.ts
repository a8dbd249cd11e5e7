/**
 * Which keys of homeservers the identity server knows: those its operator lists, that of its own companion, and what
 * all others publish.
 */

import type { HomeserverOptions, IdentityOptions } from "../config/schema.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { SigningKey } from "../protocol/ed25519.js";

export const homeserverKeys = (
  { homeserver_keys: listed }: IdentityOptions,
  companion: HomeserverOptions | undefined,
  companionKey: (() => Promise<SigningKey>) | undefined,
  published: HomeserverKeys,
): HomeserverKeys => ({
  publicKey: async (serverName, keyId) => {
    const own = companion?.server_name === serverName ? await companionKey?.() : undefined;
    if (own?.keyId === keyId) return own.publicKey;
    const known = listed.filter((it) => it.server_name === serverName);
    // A server whose keys were written down is not asked: nobody else's word is to count.
    if (known.length > 0) return known.find((it) => it.key_id === keyId)?.public_key;
    return published.publicKey(serverName, keyId);
  },
});

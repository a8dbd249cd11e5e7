/** Which keys of homeservers the identity server knows: those its operator lists, and that of its own companion. */

import type { HomeserverOptions, IdentityOptions } from "../config/schema.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { SigningKey } from "../protocol/ed25519.js";

export const homeserverKeys = (
  { homeserver_keys: listed }: IdentityOptions,
  companion: HomeserverOptions | undefined,
  companionKey: SigningKey | undefined,
): HomeserverKeys => ({
  publicKey: async (serverName, keyId) => {
    if (companion?.server_name === serverName && companionKey?.keyId === keyId) return companionKey.publicKey;
    return listed.find((it) => it.server_name === serverName && it.key_id === keyId)?.public_key;
  },
});

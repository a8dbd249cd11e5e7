/** The keys that other homeservers sign with now, for whoever checks a signature. */

import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { AskHomeserver } from "./homeserver-requests.js";
import { type PublishedKeys, readPublishedKeys } from "./published-keys.js";
import { type FetchedAnswer, type KeptAnswer, type RememberedKeysPorts, rememberedKeys } from "./remembered-keys.js";

const keysAlone: KeptAnswer<PublishedKeys> = {
  read: readPublishedKeys,
  sizeOf: ({ keys }) => [...keys].reduce((size, [keyId, key]) => size + keyId.length + key.length, 0),
};

export const serverKeys = (ask: AskHomeserver, ports: RememberedKeysPorts): HomeserverKeys => {
  const remembered = rememberedKeys(ask, keysAlone, ports);

  const validKey = (fetched: FetchedAnswer<PublishedKeys> | undefined, keyId: string): string | undefined =>
    fetched !== undefined && ports.clock.now() < fetched.believedUntil ? fetched.answer.keys.get(keyId) : undefined;

  return {
    publicKey: async (serverName, keyId) =>
      validKey(await remembered(serverName, (fetched) => validKey(fetched, keyId) !== undefined), keyId),
  };
};

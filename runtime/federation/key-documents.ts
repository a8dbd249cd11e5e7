/** What other homeservers publish about their keys, as a notary needs it. */

import type { Clock } from "../ports/clock.js";
import type { KeyDocuments } from "../ports/key-documents.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import type { FetchedKeys, RememberedKeys } from "./remembered-keys.js";

/** Whoever is told the answer shall have half of its time left, says the specification. */
const halfOf = ({ fetchedAt, validUntil }: FetchedKeys): number => fetchedAt + (validUntil - fetchedAt) / 2;

export const keyDocuments = (remembered: RememberedKeys, { clock }: { readonly clock: Clock }): KeyDocuments => ({
  async last(serverName, validUntil) {
    const keys = await remembered(serverName, (last) => last.validUntil >= validUntil && clock.now() < halfOf(last));
    return keys?.text === undefined ? undefined : (JSON.parse(keys.text) as JsonObject); // it was read as an object before
  },
});

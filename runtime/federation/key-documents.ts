/** What other homeservers publish about their keys, word by word, as a notary needs it. */

import type { KeyDocuments } from "../ports/key-documents.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import type { AskHomeserver } from "./homeserver-requests.js";
import { readPublishedKeys } from "./published-keys.js";
import {
  type FetchedAnswer,
  type KeptAnswer,
  longestBelievedMs,
  type RememberedKeysPorts,
  rememberedKeys,
} from "./remembered-keys.js";

interface KeyDocument {
  /** As the server says (ms since 1970). */
  readonly validUntil: number;
  /** The answer itself, which its signatures cover. */
  readonly text: string;
}

/** In characters: a hundred old keys fit. */
const longestKept = 16_384;

const documents: KeptAnswer<KeyDocument> = {
  read: (text, serverName) => {
    const published = text.length > longestKept ? undefined : readPublishedKeys(text, serverName);
    return published === undefined ? undefined : { validUntil: published.validUntil, text };
  },
  sizeOf: ({ text }) => text.length,
};

/** Whoever is told the answer shall have half of its time left, says the specification. */
const halfOf = ({ fetchedAt, believedUntil }: FetchedAnswer<KeyDocument>): number =>
  fetchedAt + (believedUntil - fetchedAt) / 2;

export const keyDocuments = (ask: AskHomeserver, ports: RememberedKeysPorts): KeyDocuments => {
  const { clock } = ports;
  const remembered = rememberedKeys(ask, documents, ports);
  return {
    async last(serverName, validUntil) {
      // Nobody is to believe a key for longer, so that a server is not asked for more.
      const wanted = Math.min(validUntil, clock.now() + longestBelievedMs);
      const document = await remembered(
        serverName,
        (last) => last.answer.validUntil >= wanted && clock.now() < halfOf(last),
      );
      // It was read as an object before.
      return document === undefined ? undefined : (JSON.parse(document.answer.text) as JsonObject);
    },
  };
};

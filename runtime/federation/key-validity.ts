/** Asks the URLs that events of rooms name for their keys: strangers chose them, so every destination is checked. */

import type { Clock } from "../ports/clock.js";
import type { KeyValidity, KeyVerdict } from "../ports/key-validity.js";
import { recordIn } from "../protocol/record.js";
import { isValidityUrl } from "../protocol/third-party-invite.js";
import { boundedMap } from "./bounded-map.js";
import { OutgoingError } from "./outgoing-error.js";
import { sharedWork } from "./shared-work.js";

type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

export interface KeyValidityOptions {
  /** Where the identity servers that the operator lists are reached. */
  readonly baseUrls: readonly string[];
  /** For URLs of listed servers: their addresses are the operator's choice. */
  readonly fetchListed: Fetch;
  readonly fetchUnlisted: Fetch;
  readonly clock: Clock;
}

/**
 * An answer serves for so long, whatever it is, or if none came: as long as not too many others were asked meanwhile. It
 * is the same question that is spared; a stranger who varies the URL asks another one, and is held by limits alone.
 */
const rememberedForMs = 60_000;
/** Of verdicts, each with a URL of 2 KB at most. */
const room = 1000;

interface Remembered {
  readonly verdict: KeyVerdict;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const readAnswer = (text: string): boolean | undefined => {
  const valid = recordIn(text)?.["valid"];
  return typeof valid === "boolean" ? valid : undefined;
};

export const keyValidity = (options: KeyValidityOptions): KeyValidity => {
  const { baseUrls, fetchListed, fetchUnlisted, clock } = options;
  const known = boundedMap<Remembered>(room);
  const shared = sharedWork<KeyVerdict>();

  /** Nothing but the identity service of a listed server: whatever else is at its address is not for strangers. */
  const isListed = ({ href }: URL): boolean => baseUrls.some((base) => href.startsWith(`${base}/_matrix/identity/`));

  const fetchVerdict = async (url: URL): Promise<KeyVerdict> => {
    try {
      const fetch = isListed(url) ? fetchListed : fetchUnlisted;
      const response = await fetch(url, { headers: { accept: "application/json" } });
      const valid = response.status === 200 ? readAnswer(await response.text()) : undefined;
      if (valid === undefined) return "unreachable";
      return valid ? "valid" : "invalid";
    } catch (error) {
      if (error instanceof OutgoingError) return "unreachable";
      throw error;
    }
  };

  const askNow = async (url: URL): Promise<KeyVerdict> => {
    const verdict = await fetchVerdict(url);
    known.set(url.href, { verdict, until: clock.now() + rememberedForMs });
    return verdict;
  };

  return {
    async ask(text, publicKey) {
      if (!isValidityUrl(text)) return "invalid";
      const url = new URL(text);
      url.searchParams.set("public_key", publicKey);
      // What no server gets to see makes no other question.
      url.hash = "";
      const before = known.get(url.href);
      if (before !== undefined && clock.now() < before.until) return before.verdict;
      return shared(url.href, () => askNow(url));
    },
  };
};

/** Asks the URLs that events of rooms name for their keys: strangers chose them, so every destination is checked. */

import type { KeyValidity } from "../ports/key-validity.js";
import { isValidityUrl } from "../protocol/third-party-invite.js";
import { OutgoingError } from "./outgoing-error.js";

type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

export interface KeyValidityOptions {
  /** Where the identity servers that the operator lists are reached. */
  readonly baseUrls: readonly string[];
  /** For URLs of listed servers: their addresses are the operator's choice. */
  readonly fetchListed: Fetch;
  readonly fetchUnlisted: Fetch;
}

const readAnswer = (text: string): boolean | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    const valid = typeof body === "object" && body !== null && "valid" in body ? body.valid : undefined;
    return typeof valid === "boolean" ? valid : undefined;
  } catch {
    return undefined;
  }
};

export const keyValidity = ({ baseUrls, fetchListed, fetchUnlisted }: KeyValidityOptions): KeyValidity => {
  /** Nothing but the identity service of a listed server: whatever else is at its address is not for strangers. */
  const isListed = ({ href }: URL): boolean => baseUrls.some((base) => href.startsWith(`${base}/_matrix/identity/`));

  return {
    async ask(text, publicKey, signal) {
      if (!isValidityUrl(text)) return "invalid";
      const url = new URL(text);
      url.searchParams.set("public_key", publicKey);
      const init = { headers: { accept: "application/json" }, ...(signal === undefined ? {} : { signal }) };
      try {
        const response = await (isListed(url) ? fetchListed : fetchUnlisted)(url, init);
        const valid = response.status === 200 ? readAnswer(await response.text()) : undefined;
        if (valid === undefined) return "unreachable";
        return valid ? "valid" : "invalid";
      } catch (error) {
        if (error instanceof OutgoingError) return "unreachable";
        throw error;
      }
    },
  };
};

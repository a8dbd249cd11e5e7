/** This homeserver's own keys, by every path that servers ask them by. Server-Server API, "Retrieving server keys". */

import type { PublishedKeys } from "../domain/published-keys.js";
import type { Section } from "./context.js";

export const keys = (
  publishedKeys: PublishedKeys,
): Section<"getServerKey" | "getServerKeySlash" | "getServerKeyById"> => {
  const answer = async () => ({ status: 200, body: await publishedKeys.document() }) as const;
  return { getServerKey: answer, getServerKeySlash: answer, getServerKeyById: answer };
};

/** The keys that a homeserver publishes about itself (Server-Server API, "Retrieving server keys"). */

import { isKeyId } from "../protocol/identifiers.js";
import { isRecord, type JsonRecord, recordIn } from "../protocol/record.js";
import { verifyJson } from "../protocol/signed-json.js";
import { decodeBase64 } from "../protocol/unpadded-base64.js";

export interface PublishedKeys {
  /** Base64 by key id: the ed25519 keys that the server still signs with. */
  readonly keys: ReadonlyMap<string, string>;
  /** As the server says (ms since 1970). */
  readonly validUntil: number;
}

/** No honest server signs with more at a time, and what a stranger publishes is to take little room and time. */
const maxKeys = 16;

const keyOf = (entry: unknown): string | undefined => {
  const key = isRecord(entry) ? entry["key"] : undefined;
  return typeof key === "string" && decodeBase64(key)?.length === 32 ? key : undefined;
};

/** Whether the server put its name to the answer: with one of its keys at least, and with none of them wrongly. */
const isSelfSigned = (answer: JsonRecord, serverName: string, keys: PublishedKeys["keys"]) => {
  const signatures = isRecord(answer["signatures"]) ? answer["signatures"] : {};
  const own = Object.hasOwn(signatures, serverName) ? signatures[serverName] : undefined;
  const used = [...keys].filter(([keyId]) => isRecord(own) && Object.hasOwn(own, keyId));
  return used.length > 0 && used.every(([keyId, key]) => verifyJson(answer, serverName, keyId, key));
};

/** Reads an answer; undefined when it is not one that this server gave about itself. */
export const readPublishedKeys = (text: string, serverName: string): PublishedKeys | undefined => {
  const answer = recordIn(text);
  if (answer === undefined || answer["server_name"] !== serverName || !isRecord(answer["verify_keys"]))
    return undefined;
  const validUntil = answer["valid_until_ts"];
  if (typeof validUntil !== "number" || !Number.isSafeInteger(validUntil)) return undefined;
  const entries = Object.entries(answer["verify_keys"]).flatMap(([keyId, entry]) => {
    const key = isKeyId(keyId) && keyId.startsWith("ed25519:") ? keyOf(entry) : undefined;
    return key === undefined ? [] : [[keyId, key] as const];
  });
  const keys = new Map(entries.slice(0, maxKeys));
  return isSelfSigned(answer, serverName, keys) ? { keys, validUntil } : undefined;
};

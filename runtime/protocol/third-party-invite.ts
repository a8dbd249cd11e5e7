/**
 * Invites of people who are known by an address alone: the keys that a room lists for one, and what an identity server
 * signs for the user who claims it (Client-Server API, "Third-party invites"; event `m.room.third_party_invite`).
 */

import { CanonicalJsonError, canonicalJson, type JsonObject, type JsonValue } from "./canonical-json.js";
import { isSid, parseUserId } from "./identifiers.js";
import { isRecord } from "./record.js";
import { type Signatures, verifyJson } from "./signed-json.js";
import { decodeBase64, encodeBase64 } from "./unpadded-base64.js";

/** A key with which an invite may be signed. */
export interface InviteKey {
  /** Base64 in exactly the spelling that was given out: whoever says whether it is valid compares the text. */
  readonly publicKey: string;
  /** Asked with `?public_key=`; a key without one is valid for ever. */
  readonly validityUrl?: string | undefined;
}

/** Rooms are written by strangers, and every key costs an attempt: of more than these the rest is not looked at. */
export const maxInviteKeys = 16;

const maxUrlLength = 2048;

export const isPublicKey = (text: string): boolean => text.length <= 64 && decodeBase64(text)?.length === 32;

/** Whether a key can be asked about there. */
export const isValidityUrl = (text: string): boolean =>
  text.length <= maxUrlLength && /^https?:\/\//i.test(text) && URL.canParse(text);

/** Reads a key; undefined where it is none, or names a place that cannot be asked. */
export const readInviteKey = (publicKey: unknown, validityUrl: unknown): InviteKey | undefined => {
  if (typeof publicKey !== "string" || !isPublicKey(publicKey)) return undefined;
  if (validityUrl === undefined) return { publicKey };
  return typeof validityUrl === "string" && isValidityUrl(validityUrl) ? { publicKey, validityUrl } : undefined;
};

/** The content of the room's event. The first key also stands where servers that know only one key look for it. */
export const inviteContent = (displayName: string, keys: readonly InviteKey[]): JsonObject => {
  const listed = keys.map(({ publicKey, validityUrl }) => ({
    public_key: publicKey,
    ...(validityUrl === undefined ? {} : { key_validity_url: validityUrl }),
  }));
  return { display_name: displayName, ...listed[0], public_keys: listed };
};

/** The keys of such a content, each once. What cannot be read is left out; a revoked invite has none. */
export const inviteKeys = (content: JsonObject): readonly InviteKey[] => {
  const { public_key, key_validity_url, public_keys } = content;
  const listed = Array.isArray(public_keys) ? public_keys.slice(0, maxInviteKeys) : [];
  const keys = [...listed, { public_key, key_validity_url }].flatMap((entry) => {
    const key = isRecord(entry) ? readInviteKey(entry["public_key"], entry["key_validity_url"]) : undefined;
    return key === undefined ? [] : [key];
  });
  return [...new Map(keys.map((key) => [JSON.stringify([key.publicKey, key.validityUrl]), key])).values()];
};

/** What stands for the invitee in the room; empty where the content names nothing. */
export const inviteDisplayName = ({ display_name }: JsonObject): string =>
  typeof display_name === "string" ? display_name : "";

/** The block `signed`: an identity server says that this user claimed the invite with this token. */
export interface SignedInvite {
  readonly mxid: string;
  readonly token: string;
  /** By server name and key ID. Neither is covered by a signature: they say where a key could be found. */
  readonly signatures: Signatures;
  /** Everything that the signatures cover, unknown fields too. */
  readonly fields: JsonObject;
}

/** It goes into a room's event, which may have 65,536 bytes in all. */
const maxSignedBytes = 4096;
const maxSignatures = 8;

const readSignatures = (value: JsonValue | undefined): Signatures | undefined => {
  if (!isRecord(value)) return undefined;
  const found: [string, Record<string, string>][] = [];
  let count = 0;
  for (const [name, keys] of Object.entries(value)) {
    if (!isRecord(keys)) return undefined;
    const texts = Object.entries(keys).flatMap(([keyId, signature]): [string, string][] =>
      typeof signature === "string" ? [[keyId, signature]] : [],
    );
    count += texts.length;
    if (count > maxSignatures || texts.length < Object.keys(keys).length) return undefined;
    found.push([name, Object.fromEntries(texts)]);
  }
  return Object.fromEntries(found);
};

const isSmall = (value: JsonObject): boolean => {
  try {
    return Buffer.byteLength(canonicalJson(value)) <= maxSignedBytes;
  } catch (error) {
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
};

/** Reads the block; undefined when it is none, or too large for a room. Nothing is verified yet. */
export const readSignedInvite = (value: JsonValue | undefined): SignedInvite | undefined => {
  if (!isRecord(value) || !isSmall(value)) return undefined;
  const { signatures: given, unsigned: _unsigned, ...fields } = value;
  const { mxid, token } = fields;
  const signatures = readSignatures(given);
  if (typeof mxid !== "string" || parseUserId(mxid) === undefined) return undefined;
  if (typeof token !== "string" || !isSid(token) || signatures === undefined) return undefined;
  return { mxid, token, signatures, fields };
};

/** Names and key IDs of every signature of the block, each of which is a place where a key could be found. */
export const signersOf = ({ signatures }: SignedInvite): readonly (readonly [name: string, keyId: string])[] =>
  Object.entries(signatures).flatMap(([name, keys]) => Object.keys(keys).map((keyId) => [name, keyId] as const));

/**
 * The block as it was signed with this key: without whatever no signature with it covers, and its signatures in their
 * one spelling. Undefined when there is none. `signer` wants the signature under one name and key ID; without, any will
 * do.
 */
export const signedWith = (
  invite: SignedInvite,
  publicKey: string,
  signer?: readonly [name: string, keyId: string],
): JsonObject | undefined => {
  const block = { ...invite.fields, signatures: invite.signatures };
  const verified = (signer === undefined ? signersOf(invite) : [signer]).filter(([name, keyId]) =>
    verifyJson(block, name, keyId, publicKey),
  );
  if (verified.length === 0) return undefined;
  const signatures: Record<string, Record<string, string>> = {};
  for (const [name, keyId] of verified) {
    const bytes = decodeBase64(invite.signatures[name]?.[keyId] ?? "") ?? new Uint8Array();
    signatures[name] = { ...signatures[name], [keyId]: encodeBase64(bytes) };
  }
  return { ...invite.fields, signatures };
};

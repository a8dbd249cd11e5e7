/** Signing JSON (appendices, "Signing JSON" and "Checking for a signature"). */

import { CanonicalJsonError, canonicalJson } from "./canonical-json.js";
import type { SigningKey } from "./ed25519.js";
import { signBytes, verifyBytes } from "./ed25519.js";
import { isRecord } from "./record.js";
import { encodeBase64 } from "./unpadded-base64.js";

/** Signatures by entity (a server name or user id) and key id. */
export type Signatures = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type Signed<T extends object> = T & { readonly signatures: Signatures };

/** What a signature covers: everything but the signatures themselves and `unsigned`. */
const signedPart = (object: object): Uint8Array => {
  const members: Readonly<Record<string, unknown>> = { ...object };
  const { signatures: _signatures, unsigned: _unsigned, ...rest } = members;
  return Buffer.from(canonicalJson(rest), "utf8");
};

const own = (record: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined;

const existingSignatures = (object: object): Readonly<Record<string, unknown>> => {
  const signatures = "signatures" in object ? object.signatures : undefined;
  return isRecord(signatures) ? signatures : {};
};

/**
 * The object with a signature by `entity` added to those it has; `unsigned` stays as it was. Throws a
 * CanonicalJsonError when the object cannot be spelled canonically.
 */
export const signJson = <T extends object>(object: T, entity: string, key: SigningKey): Signed<T> => {
  const signature = encodeBase64(signBytes(key.privateKey, signedPart(object)));
  const existing = existingSignatures(object);
  const ofEntity = own(existing, entity);
  const signatures = {
    ...existing,
    [entity]: { ...(isRecord(ofEntity) ? ofEntity : {}), [key.keyId]: signature },
  } as Signatures; // signatures that came with the object are kept as they are, whatever they hold
  return { ...object, signatures };
};

/** Whether `entity` signed the object with this key. Any defect is a no. */
export const verifyJson = (object: object, entity: string, keyId: string, publicKey: string): boolean => {
  if (!keyId.startsWith("ed25519:")) return false;
  const ofEntity = own(existingSignatures(object), entity);
  const signature = isRecord(ofEntity) ? own(ofEntity, keyId) : undefined;
  if (typeof signature !== "string") return false;
  try {
    return verifyBytes(publicKey, signedPart(object), signature);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
};

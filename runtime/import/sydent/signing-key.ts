/** The signing key as a Sydent's configuration holds it. */

import { seedLength } from "../../protocol/ed25519.js";
import { decodeBase64 } from "../../protocol/unpadded-base64.js";

export interface MovedKey {
  readonly keyId: string;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

/** Reads `ed25519 0 SEED`, or the seed alone in hex as very old files have it; undefined for anything else. */
export const readSigningKey = (text: string): MovedKey | undefined => {
  if (/^[0-9a-f]{64}$/i.test(text)) return { keyId: "ed25519:0", seed: new Uint8Array(Buffer.from(text, "hex")) };
  const [, version, base64 = ""] = /^ed25519\s+([a-zA-Z0-9_]{1,190})\s+(\S+)$/.exec(text) ?? [];
  const seed = decodeBase64(base64);
  return version === undefined || seed?.length !== seedLength ? undefined : { keyId: `ed25519:${version}`, seed };
};

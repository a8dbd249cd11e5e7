/** Request authentication between servers (Server-Server API, "Request Authentication"). */

import type { JsonValue } from "./canonical-json.js";
import type { SigningKey } from "./ed25519.js";
import { isKeyId, isServerName } from "./identifiers.js";
import { signJson, verifyJson } from "./signed-json.js";

/** What an `Authorization: X-Matrix …` header says. */
export interface XMatrix {
  readonly origin: string;
  /** Since Matrix 1.3; absent from older servers. */
  readonly destination: string | undefined;
  readonly key: string;
  readonly signature: string;
}

/** The request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as they go over the wire. */
  readonly uri: string;
  /** The parsed body; undefined when there is none. */
  readonly content?: JsonValue | undefined;
}

/** The specification's field, and the one that Sydent checks instead. */
export type DestinationField = "destination" | "destination_is";

const maxHeaderLength = 8192;

/** One `name=value` with the separators around it; the value bare or quoted. */
const parameter =
  /[ \t]*(?:,[ \t]*)*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;\\]+))[ \t]*(?=,|$)/y;

const parseParameters = (text: string): ReadonlyMap<string, string> | undefined => {
  const found = new Map<string, string>();
  parameter.lastIndex = 0;
  while (parameter.lastIndex < text.length) {
    const rest = text.slice(parameter.lastIndex);
    if (/^[ \t,]*$/.test(rest)) break;
    const match = parameter.exec(text);
    if (match === null) return undefined;
    const name = (match[1] ?? "").toLowerCase();
    if (found.has(name)) return undefined;
    found.set(name, match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? "");
  }
  return found;
};

/** Reads the header; undefined when it is no X-Matrix header or lacks a part. Unknown parameters are passed over. */
export const parseXMatrix = (header: string): XMatrix | undefined => {
  if (header.length > maxHeaderLength) return undefined;
  const scheme = /^[ \t]*x-matrix[ \t]+/i.exec(header);
  if (scheme === null) return undefined;
  const parameters = parseParameters(header.slice(scheme[0].length));
  const origin = parameters?.get("origin");
  const key = parameters?.get("key");
  const signature = parameters?.get("sig") ?? parameters?.get("signature");
  if (parameters === undefined || origin === undefined || key === undefined || signature === undefined)
    return undefined;
  return { origin, destination: parameters.get("destination"), key, signature };
};

const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** Writes the header as the specification has it today: everything quoted. */
export const formatXMatrix = ({ origin, destination, key, signature }: XMatrix): string =>
  [
    `X-Matrix origin=${quote(origin)}`,
    ...(destination === undefined ? [] : [`destination=${quote(destination)}`]),
    `key=${quote(key)}`,
    `sig=${quote(signature)}`,
  ].join(",");

/** The object that is signed in a request's place. */
const requestObject = (
  { method, uri, content }: SignedRequest,
  origin: string,
  destination: string,
  field: DestinationField = "destination",
): Readonly<Record<string, JsonValue>> => ({
  method,
  uri,
  origin,
  [field]: destination,
  ...(content === undefined ? {} : { content }),
});

/** Signs a request and answers the header to send with it. */
export const signRequest = (
  request: SignedRequest,
  origin: string,
  destination: string,
  key: SigningKey,
  field: DestinationField = "destination",
): string => {
  const signed = signJson(requestObject(request, origin, destination, field), origin, key);
  const signature = signed.signatures[origin]?.[key.keyId] ?? "";
  return formatXMatrix({ origin, destination, key: key.keyId, signature });
};

export type XMatrixRefusal = "malformed" | "wrong-destination" | "unknown-key" | "bad-signature";

export type XMatrixVerdict =
  | { readonly verified: true; readonly origin: string }
  | { readonly verified: false; readonly reason: XMatrixRefusal };

/** Finds the published key of a server, as the key port does. */
export type FindKey = (serverName: string, keyId: string) => Promise<string | undefined>;

/**
 * Whether the request was signed by the server that its header names, for us. `destination` is our name; a signature
 * over `destination_is` counts too. No key is fetched for a header that is not well-formed or not meant for us.
 */
export const verifyRequest = async (
  header: string,
  request: SignedRequest,
  destination: string,
  findKey: FindKey,
): Promise<XMatrixVerdict> => {
  const given = parseXMatrix(header);
  if (given === undefined || !isServerName(given.origin) || !isKeyId(given.key) || !given.key.startsWith("ed25519:")) {
    return { verified: false, reason: "malformed" };
  }
  if (given.destination !== undefined && given.destination !== destination) {
    return { verified: false, reason: "wrong-destination" };
  }
  const publicKey = await findKey(given.origin, given.key);
  if (publicKey === undefined) return { verified: false, reason: "unknown-key" };
  const signatures = { [given.origin]: { [given.key]: given.signature } };
  const fields: readonly DestinationField[] = ["destination", "destination_is"];
  const verified = fields.some((field) =>
    verifyJson(
      { ...requestObject(request, given.origin, destination, field), signatures },
      given.origin,
      given.key,
      publicKey,
    ),
  );
  return verified ? { verified: true, origin: given.origin } : { verified: false, reason: "bad-signature" };
};

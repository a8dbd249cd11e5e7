/** The grammars of identifiers (appendices, "Identifier Grammar"). */

import { isWellFormed } from "./well-formed.js";

/** client_secret, sid, and the token of a stored invite. */
const secretShape = /^[0-9a-zA-Z.=_-]{1,255}$/;

export const isClientSecret = (text: string): boolean => secretShape.test(text);
export const isSid = (text: string): boolean => secretShape.test(text);

/** A validation token is opaque: 1 to 255 code points. */
export const isValidationToken = (text: string): boolean =>
  text.length <= 510 && [...text].length <= 255 && text !== "";

/** A registration token is an opaque identifier that people can type. */
export const isRegistrationToken = (text: string): boolean => /^[0-9A-Za-z._~-]{1,64}$/.test(text);

export interface ServerName {
  /** As written; IPv6 literals keep their brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly kind: "ipv4" | "ipv6" | "dns";
}

/** An octet with a zero before it is octal to some and decimal to others: it names no address. */
const isIpv4 = (text: string): boolean =>
  /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text) &&
  text.split(".").every((octet) => Number(octet) <= 255);

const isIpv6 = (text: string): boolean => /^[0-9A-Fa-f:.]{2,45}$/.test(text) && text.includes(":") && readsAsIpv6(text);

const readsAsIpv6 = (text: string): boolean => {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  // An IPv4 address may only stand at the very end: nothing follows it, not even omitted zeros.
  const embedded = last.includes(".") && !text.endsWith("::");
  if (embedded && !isIpv4(last)) return false;
  const count = groups.length + (embedded ? 1 : 0);
  const hex = embedded ? groups.slice(0, -1) : groups;
  return hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) && (halves.length === 2 ? count < 8 : count === 8);
};

const dnsShape = /^[0-9A-Za-z.-]{1,255}$/;
const maxServerNameLength = 255 + 6;

/** Splits and checks a server name; undefined when it is none. Octets and port are checked for their range. */
export const parseServerName = (text: string): ServerName | undefined => {
  if (text.length > maxServerNameLength) return undefined;
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1];
  if (host === undefined) return undefined;
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  if (host.startsWith("[")) return isIpv6(host.slice(1, -1)) ? { host, port, kind: "ipv6" } : undefined;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isIpv4(host) ? { host, port, kind: "ipv4" } : undefined;
  return dnsShape.test(host) ? { host, port, kind: "dns" } : undefined;
};

export const isServerName = (text: string): boolean => parseServerName(text) !== undefined;

/** Whose a server name is: whoever has a host has all of its ports, each of which makes another name. */
export const hostOf = (serverName: string): string => parseServerName(serverName)?.host.toLowerCase() ?? serverName;

export interface UserId {
  readonly localpart: string;
  readonly serverName: string;
}

const maxUserIdBytes = 255;

/**
 * Splits a user id at its first colon; undefined when it is none. Historical ids are understood: any localpart without
 * a colon and NUL, even an empty one.
 */
export const parseUserId = (text: string): UserId | undefined => {
  if (!text.startsWith("@") || text.length > maxUserIdBytes) return undefined;
  if (Buffer.byteLength(text, "utf8") > maxUserIdBytes || !isWellFormed(text) || text.includes("\0")) return undefined;
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const serverName = text.slice(colon + 1);
  return isServerName(serverName) ? { localpart: text.slice(1, colon), serverName } : undefined;
};

const strictLocalpart = /^[a-z0-9._=/+-]+$/;

/** Whether a new account may have this localpart. */
export const isNewLocalpart = (localpart: string, serverName: string): boolean =>
  strictLocalpart.test(localpart) && Buffer.byteLength(`@${localpart}:${serverName}`, "utf8") <= maxUserIdBytes;

/** Whether a user id is one that could be created today. */
export const isStrictUserId = (text: string): boolean => {
  const id = parseUserId(text);
  return id !== undefined && strictLocalpart.test(id.localpart);
};

/** `algorithm:version`, as homeservers and identity servers name their keys. */
export const isKeyId = (text: string): boolean => /^[a-z0-9_]{1,64}:[a-zA-Z0-9_]{1,190}$/.test(text);

/** A room id: `!`, then opaque; older ones end in a server name. */
export const isRoomId = (text: string): boolean =>
  /^![^\0\s]+$/u.test(text) && isWellFormed(text) && Buffer.byteLength(text, "utf8") <= 255;

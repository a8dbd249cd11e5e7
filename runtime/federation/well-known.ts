/** The file by which a host delegates to a server of another name: `/.well-known/matrix/server`. */

import type { Clock } from "../ports/clock.js";
import { parseServerName, type ServerName } from "../protocol/identifiers.js";
import { recordIn } from "../protocol/record.js";
import type { OutgoingFetch } from "./outgoing-fetch.js";

/** What a host answered. */
export type WellKnown =
  /** It delegates; `lifetimeMs` is how long that holds by its own headers, if they say so. */
  | { readonly outcome: "delegates"; readonly to: ServerName; readonly lifetimeMs: number | undefined }
  /** It answered, and does not delegate. */
  | { readonly outcome: "none" }
  /** It may delegate: nobody could tell. */
  | { readonly outcome: "unknown" };

const maxRedirects = 5;

/** Where a redirect leads: never away from https, where nobody could tell who answers. */
const redirectedTo = (response: Response, from: URL): URL | undefined => {
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, from)) return undefined;
  const target = new URL(location, from);
  return target.protocol === "https:" && target.username === "" && target.password === "" ? target : undefined;
};

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** Every step is a request of its own, whose destination is checked as the first one's was. */
const fetchFollowing = async (
  url: URL,
  fetch: OutgoingFetch["fetch"],
  signal: AbortSignal,
  redirects = 0,
): Promise<Response | undefined> => {
  const response = await fetch(url, { headers: { accept: "application/json" }, signal });
  if (!isRedirect(response.status)) return response;
  const target = redirectedTo(response, url);
  return target === undefined || redirects === maxRedirects
    ? undefined
    : fetchFollowing(target, fetch, signal, redirects + 1);
};

/** The name in the file, whatever type it is served as; undefined when it holds none. */
export const delegatedNameIn = (text: string): ServerName | undefined => {
  const name = recordIn(text)?.["m.server"];
  return typeof name === "string" ? parseServerName(name) : undefined;
};

/** How long an answer may be kept by its headers (RFC 9111), in milliseconds; undefined when they do not say. */
export const lifetimeOf = (headers: Headers, now: number): number | undefined => {
  const directives = (headers.get("cache-control") ?? "").toLowerCase().split(",");
  const given = directives.map((directive) => /^\s*([a-z-]+)\s*(?:=\s*"?(\d{1,10})"?)?\s*$/.exec(directive));
  if (given.some((it) => it?.[1] === "no-store" || it?.[1] === "no-cache")) return 0;
  const maxAge = given.find((it) => it?.[1] === "max-age" && it[2] !== undefined)?.[2];
  if (maxAge !== undefined) return Number(maxAge) * 1000;
  const expires = headers.get("expires");
  if (expires === null) return undefined;
  // What is no date, "0" above all, has expired.
  const until = Date.parse(expires);
  return /^\d+$/.test(expires) || Number.isNaN(until) ? 0 : Math.max(until - now, 0);
};

export interface WellKnownAsking {
  /** Follows no redirect, and cuts endless answers. */
  readonly fetch: OutgoingFetch["fetch"];
  /** For all redirects together. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Asks a host for its file. */
export const fetchWellKnown = async (
  host: string,
  { fetch, timeoutMs, clock }: WellKnownAsking,
): Promise<WellKnown> => {
  try {
    const url = new URL(`https://${host}/.well-known/matrix/server`);
    const response = await fetchFollowing(url, fetch, AbortSignal.timeout(timeoutMs));
    if (response === undefined) return { outcome: "none" };
    if (response.status >= 500 || response.status === 429) return { outcome: "unknown" };
    const to = response.status === 200 ? delegatedNameIn(await response.text()) : undefined;
    if (to === undefined) return { outcome: "none" };
    return { outcome: "delegates", to, lifetimeMs: lifetimeOf(response.headers, clock.now()) };
  } catch {
    // Nobody listens, the answer never ends, the host is no host: discovery goes on without it.
    return { outcome: "unknown" };
  }
};

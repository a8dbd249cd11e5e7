/** The one way to ask a homeserver: found by its name, asked at each of its places until one answers. */

import { parseServerName } from "../protocol/identifiers.js";
import { type DiscoverySources, discover, type Place } from "./discovery.js";
import { OutgoingError } from "./outgoing-error.js";
import type { OutgoingFetch } from "./outgoing-fetch.js";

export interface HomeserverRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Path and query. */
  readonly target: string;
  /** JSON. */
  readonly body?: string | undefined;
  /** An X-Matrix header, where the other server wants to know who asks. */
  readonly authorization?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws OutgoingError when there is no whole answer. */
export type AskHomeserver = (serverName: string, request: HomeserverRequest) => Promise<Response>;

export interface HomeserverRequestsOptions {
  readonly sources: DiscoverySources;
  /** For servers that are found by their names, which strangers choose: every destination is checked. */
  readonly fetch: OutgoingFetch["fetch"];
  /** For all places of a server together. */
  readonly timeoutMs: number;
  /** Where the servers that the operator lists are reached, by name. */
  readonly baseUrls?: ReadonlyMap<string, string>;
  /** For listed servers: their addresses are the operator's choice. */
  readonly fetchListed?: OutgoingFetch["fetch"];
}

/** A server that has more places than this is not asked at all of them. */
const maxPlaces = 5;

const find = async (serverName: string, sources: DiscoverySources): Promise<readonly Place[]> => {
  const name = parseServerName(serverName);
  if (name === undefined) throw new OutgoingError("failed", "this is no name of a server");
  try {
    return await discover(name, sources);
  } catch (error) {
    throw new OutgoingError("failed", `${name.host} cannot be found`, { cause: error });
  }
};

const initOf = ({ method, body, authorization, signal }: HomeserverRequest, host?: string): RequestInit => ({
  method,
  headers: {
    accept: "application/json",
    ...(host === undefined ? {} : { host }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  },
  ...(body === undefined ? {} : { body }),
  ...(signal === undefined ? {} : { signal }),
});

/** Nobody answered there, so the next place may be asked. */
const isAbsent = (error: unknown): boolean =>
  error instanceof OutgoingError && (error.reason === "failed" || error.reason === "refused-destination");

export const homeserverRequests = (options: HomeserverRequestsOptions): AskHomeserver => {
  const { sources, fetch, timeoutMs, baseUrls, fetchListed = fetch } = options;

  const askFirst = async (places: readonly Place[], request: HomeserverRequest, signal: AbortSignal) => {
    let failure: unknown = new OutgoingError("failed", "the server says that it has no place");
    for (const { host, port, hostHeader } of places.slice(0, maxPlaces)) {
      if (signal.aborted) break;
      try {
        return await fetch(`https://${host}:${port}${request.target}`, initOf({ ...request, signal }, hostHeader));
      } catch (error) {
        if (!isAbsent(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  };

  return async (serverName, request) => {
    const baseUrl = baseUrls?.get(serverName);
    if (baseUrl !== undefined) return fetchListed(`${baseUrl}${request.target}`, initOf(request));
    const places = await find(serverName, sources);
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    return askFirst(places, request, signal);
  };
};

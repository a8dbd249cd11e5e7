import type { Logger } from "./logger.js";

/** What a handler knows about a request besides its decoded parts. `Requester` is whom the access token names. */
export interface RequestContext<Requester> {
  /** Whoever the access token belongs to; undefined where none was needed and none was given. */
  readonly requester: Requester | undefined;
  /** What limits count as one client, after trusted proxies were taken off: an IPv4 address or an IPv6 network. */
  readonly clientIp: string;
  readonly method: string;
  /** Path and query exactly as they were received: an X-Matrix signature covers them. */
  readonly target: string;
  /** A header by name, whatever its case. */
  header(name: string): string | undefined;
  /** Aborted when the client has gone or the server stops. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

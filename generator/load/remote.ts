/**
 * Documents of other machines, fetched only where the user allowed it: by http and https, with limits, each redirect
 * checked like the first address.
 */

import { createHash } from "node:crypto";
import { type LookupAddress, type LookupAllOptions, lookup } from "node:dns";
import { get as getPlain, type IncomingMessage, Agent as PlainAgent } from "node:http";
import { get as getSecure, Agent as SecureAgent } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** What one file may cost. */
export interface RemoteLimits {
  readonly bytes: number;
  /** For a file with all its redirects. */
  readonly milliseconds: number;
  readonly redirects: number;
  /** Of a whole run. */
  readonly files: number;
}

const defaults: RemoteLimits = { bytes: 16 * 1024 * 1024, milliseconds: 20_000, redirects: 5, files: 1000 };

/** What a URL led to; `url` is the last one, against which its references are resolved. */
export type Fetched = { readonly url: string; readonly bytes: Uint8Array } | { readonly failure: string };

export const isRemote = (reference: string): boolean => /^[a-z][a-z0-9+.-]+:|^\/\//iu.test(reference);

/** What a command line may name in place of a file; `C:` and `main:openapi.yaml` are none. */
export const isUrl = (text: string): boolean => /^https?:\/\//iu.test(text);

/**
 * A URL as it may be told and written down: without user and password, and with a digest in place of what follows `?`,
 * which may hold a token. Anything else is cut in front of what could be a secret.
 */
export const shownUrl = (text: string): string => {
  if (!URL.canParse(text)) return text.replace(/^((?:[^/]*:)?\/\/)[^/?#]*@/u, "$1").replace(/[?#].*$/su, "");
  const url = new URL(text);
  const asked = url.search === "" ? "" : `?${createHash("sha256").update(url.search).digest("hex").slice(0, 8)}`;
  return `${url.protocol}//${url.host}${url.pathname}${asked}`;
};

/** Addresses that a stranger's document could not reach by itself: whatever is not public, or carries such a one inside. */
const inner = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  inner.addSubnet(net, prefix, "ipv4");
// All that is public lies in 2000::/3.
for (const [net, prefix] of [
  ["::", 3],
  ["2001::", 23],
  ["2002::", 16],
  ["4000::", 2],
  ["8000::", 1],
] as const)
  inner.addSubnet(net, prefix, "ipv6");

const isInner = (address: string): boolean => inner.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

class Refused extends Error {}

const innerRefused = (): Refused =>
  new Refused("leads to an address of this machine or its network, and who refers to it stands elsewhere");

/** Looks names up, as `dns.lookup` does when asked for all addresses. */
export type Lookup = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Who leads to a URL: the user, a document of the same host, or a stranger. */
type Referrer = "user" | "self" | "stranger";

/** The address between the brackets that a URL puts around one of version 6. */
const literal = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/gu, "");

const bytesOf = async (answer: IncomingMessage, limit: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Without an encoding set, a stream of http hands out bytes.
  const parts: AsyncIterable<Uint8Array> = answer;
  for await (const chunk of parts) {
    size += chunk.byteLength;
    if (size > limit) throw new Refused(`is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut",
  ENOTFOUND: "no machine has that name",
  EAI_AGAIN: "the name could not be looked up",
};

const refuseContent = ({ statusCode = 0, headers }: IncomingMessage): void => {
  if (statusCode !== 200) throw new Refused(`answers with status ${statusCode}`);
  const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(";");
  if (type.trim() === "text/html") throw new Refused("is a page of HTML, not a document");
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new Refused("is compressed, which nobody asked for");
};

const refuseScheme = ({ protocol }: URL): void => {
  if (protocol !== "http:" && protocol !== "https:") throw new Refused("is neither http nor https");
};

const referrerOf = (from: URL | undefined, to: URL): Referrer => {
  if (from === undefined) return "user";
  return from.hostname === to.hostname ? "self" : "stranger";
};

/** Fetches; each URL once. */
export class Remote {
  readonly #limits: RemoteLimits;
  readonly #known = new Map<string, Promise<Fetched>>();
  /** Where the hosts stood that the user named. A name that leads elsewhere later is not trusted there. */
  readonly #addresses = new Map<string, Set<string>>();
  readonly #resolve: Lookup;
  /** Connections that stay open from file to file, looked up once. Strangers never get one of them. */
  readonly #plain = new PlainAgent({ keepAlive: true });
  readonly #secure = new SecureAgent({ keepAlive: true });

  constructor(limits: Partial<RemoteLimits> = {}, resolve: Lookup = lookup) {
    this.#limits = { ...defaults, ...limits };
    this.#resolve = resolve;
  }

  /**
   * What stands at a URL, or why nothing does. `referrer` is the document that refers to it, where that is remote: it
   * may lead to its own machine and to the outer world. What the user names may stand anywhere.
   */
  fetch(address: string, referrer: string | undefined): Promise<Fetched> {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const fetched =
      this.#known.size < this.#limits.files
        ? this.#follow(new URL(address), referrer === undefined ? undefined : new URL(referrer))
        : Promise.resolve({ failure: `is one file more than the ${this.#limits.files} that a run may fetch` });
    this.#known.set(address, fetched);
    return fetched;
  }

  async #follow(first: URL, referrer: URL | undefined): Promise<Fetched> {
    const { milliseconds, redirects, bytes } = this.#limits;
    const signal = AbortSignal.timeout(milliseconds);
    let [url, from] = [first, referrer];
    try {
      for (let hop = 0; hop <= redirects; hop += 1) {
        refuseScheme(url);
        if (hop > 0 && from?.protocol === "https:" && url.protocol === "http:")
          throw new Refused("is redirected from https to http");
        const answer = await this.#open(url, referrerOf(from, url), signal);
        const { location } = answer.headers;
        if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) {
          refuseContent(answer);
          return { url: url.href, bytes: await bytesOf(answer, bytes) };
        }
        answer.destroy();
        if (!URL.canParse(location, url)) throw new Refused("is redirected to what is no URL");
        [from, url] = [url, redirected(location, url)];
      }
      throw new Refused(`is redirected more than ${redirects} times`);
    } catch (error) {
      return { failure: signal.aborted ? `took longer than ${milliseconds / 1000} seconds` : told(error) };
    }
  }

  #open(url: URL, referrer: Referrer, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      if (referrer === "stranger" && isIP(literal(url)) !== 0 && isInner(literal(url))) throw innerRefused();
      const isSecure = url.protocol === "https:";
      const get = isSecure ? getSecure : getPlain;
      const headers = {
        accept: "application/yaml, application/json, text/plain, */*;q=0.5",
        "accept-encoding": "identity",
      };
      const agent = referrer === "stranger" ? false : isSecure ? this.#secure : this.#plain;
      const request = get(url, { headers, signal, lookup: this.#lookup(referrer), agent }, resolve);
      request.on("error", reject);
    });
  }

  /** Looks a name up, and refuses it where any of its addresses is an inner one: what is checked is what is connected to. */
  #lookup(referrer: Referrer): LookupFunction {
    return (host, options, done) => {
      const seen = this.#addresses.get(host) ?? new Set();
      const isTrusted = (address: string): boolean => referrer === "self" && seen.has(address);
      this.#resolve(host, { ...options, all: true }, (error, addresses) => {
        if (referrer === "user" && error === null) {
          this.#addresses.set(host, new Set([...seen, ...addresses.map(({ address }) => address)]));
        } else if (error === null && addresses.some(({ address }) => isInner(address) && !isTrusted(address))) {
          done(innerRefused(), []);
          return;
        }
        const [first] = addresses ?? [];
        if (error !== null || options.all === true || first === undefined) done(error, addresses ?? []);
        else done(null, first.address, first.family);
      });
    };
  }
}

/** Who was trusted with a password keeps it within the origin, and no redirect brings one along. */
const redirected = (location: string, from: URL): URL => {
  const url = new URL(location, from);
  url.hash = "";
  [url.username, url.password] = url.origin === from.origin ? [from.username, from.password] : ["", ""];
  return url;
};

const told = (error: unknown): string => {
  if (error instanceof Refused) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
  return `cannot be fetched: ${reasons[code] ?? code}`;
};

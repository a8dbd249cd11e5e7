/**
 * Documents of other machines, fetched only where the user allowed it: by http and https, with limits, each redirect
 * checked like the first address.
 */

import { createHash } from "node:crypto";
import { lookup } from "node:dns";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
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

/** Addresses that a stranger's document could not reach by itself. */
const inner = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  inner.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  inner.addSubnet(net, prefix, "ipv6");

const isInner = (address: string): boolean => inner.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

class Refused extends Error {}

const innerRefused = (): Refused =>
  new Refused("leads to an address of this machine or its network, and who refers to it stands elsewhere");

/** Looks a name up, and refuses it where any of its addresses is an inner one: what is checked is what is connected to. */
const outerLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const refused = error ?? (addresses.some(({ address }) => isInner(address)) ? innerRefused() : null);
    const [first] = addresses ?? [];
    if (refused !== null || options.all === true || first === undefined) done(refused, addresses ?? []);
    else done(null, first.address, first.family);
  });
};

/** The address between the brackets that a URL puts around one of version 6. */
const literal = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/gu, "");

const open = (url: URL, isTrusted: boolean, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    if (!isTrusted && isIP(literal(url)) !== 0 && isInner(literal(url))) throw innerRefused();
    const get = url.protocol === "https:" ? getSecure : getPlain;
    const headers = {
      accept: "application/yaml, application/json, text/plain, */*;q=0.5",
      "accept-encoding": "identity",
    };
    const request = get(url, { headers, signal, ...(isTrusted ? {} : { lookup: outerLookup }) }, resolve);
    request.on("error", reject);
  });

const bytesOf = async (answer: IncomingMessage, limit: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Without an encoding set, a stream of http hands out bytes.
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
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

/** A machine that refers to itself leads nowhere new. */
const isSameHost = (one: URL, other: URL): boolean => one.hostname === other.hostname;

/** Fetches; each URL once. */
export class Remote {
  readonly #limits: RemoteLimits;
  readonly #known = new Map<string, Promise<Fetched>>();

  constructor(limits: Partial<RemoteLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
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
        const answer = await open(url, from === undefined || isSameHost(from, url), signal);
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

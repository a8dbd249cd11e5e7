/** Finds out who of an address book is on Matrix, by hashes alone (Identity Service API, "Lookup"). */

import type { IdentityClient } from "../../generated/identity/index.js";
import type { CallOptions } from "../../generated/seam/client.js";
import { type CanonicalContact, type Contact, canonicalContact } from "./canonical-contact.js";
import { hashed, plain } from "./lookup-hash.js";
import { member, type Refusal, type Result, refusal, textMember, unreadable } from "./result.js";

/** The part of an identity server's client that lookups take. Its access token is the client's own. */
export interface LookupParties {
  readonly identity: Pick<IdentityClient, "getHashDetails" | "lookupUsersV2">;
}

export interface DiscoveryOptions extends Pick<CallOptions, "accessToken" | "signal"> {
  /** Addresses in one request, at least 1; fewer where the server takes fewer. Default: 1,000. */
  readonly batchSize?: number;
  /** Requests at the same time, at least 1. Default: 2. */
  readonly concurrency?: number;
  /**
   * Lets addresses be sent as they are to a server that knows no hashes. That shows it the whole address book: ask the
   * person first. Default: false, and such a server is refused.
   */
  readonly mayShowAddresses?: boolean;
}

export interface Discovery<C extends Contact> {
  /** Who was found, by what was given for them, in the order it was given. */
  readonly found: readonly { readonly contact: C; readonly mxid: string }[];
  /** What cannot be looked up: no addresses, and numbers without their country's code. */
  readonly unusable: readonly C[];
  /** `none` only where {@link DiscoveryOptions.mayShowAddresses} allowed it. */
  readonly algorithm: "sha256" | "none";
}

const codes = ["M_INVALID_PEPPER", "M_TERMS_NOT_SIGNED", "M_UNKNOWN_TOKEN", "M_UNRECOGNIZED"] as const;

/**
 * `M_INVALID_PEPPER`: the pepper changed more than once meanwhile; try again. `M_TERMS_NOT_SIGNED`: `identityAccount`
 * tells what has to be accepted. `M_UNRECOGNIZED`: no identity server, or one of version 1, which knows no hashes.
 * `NO_HASHES`: it knows other ways of lookup only.
 */
export type DiscoveryCode = (typeof codes)[number] | "NO_HASHES";

type Failure = Refusal<DiscoveryCode>;
type Mxids = ReadonlyMap<CanonicalContact, string>;

/** How the server wants addresses to be written at present. */
interface Spelling {
  readonly ok: true;
  readonly algorithm: "sha256" | "none";
  readonly pepper: string;
}

const isMxid = (value: unknown): value is string => typeof value === "string" && /^@[^:]*:./s.test(value);

const noHashes = (status: number): Failure => ({
  ok: false,
  errcode: "NO_HASHES",
  error: "This identity server looks no addresses up by their hashes.",
  status,
});

/** Whom each of many addresses leads to, in as many requests as it takes. */
const lookups = ({ identity }: LookupParties, options: DiscoveryOptions) => {
  const { accessToken, signal, mayShowAddresses = false } = options;
  const call: CallOptions = {
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(signal === undefined ? {} : { signal }),
  };

  const ask = async (): Promise<Spelling | Failure> => {
    const answer = await identity.getHashDetails({}, call);
    if (answer.status !== 200) return refusal(answer, codes);
    const pepper = textMember(answer.body, "lookup_pepper");
    const algorithms = member(answer.body, "algorithms");
    if (pepper === undefined || !Array.isArray(algorithms)) return unreadable(200, "lookup_pepper or algorithms");
    if (algorithms.includes("sha256")) return { ok: true, algorithm: "sha256", pepper };
    if (algorithms.includes("none") && mayShowAddresses) return { ok: true, algorithm: "none", pepper };
    return noHashes(answer.status);
  };

  let spelling: Promise<Spelling | Failure> = ask();
  let renewed = false;

  /** Once for all requests; undefined where that was done already. */
  const renew = (stale: typeof spelling, algorithm: Spelling["algorithm"], told: unknown) => {
    if (spelling !== stale) return spelling;
    if (renewed) return undefined;
    renewed = true;
    const pepper = textMember(told, "lookup_pepper");
    spelling = pepper === undefined ? ask() : Promise.resolve({ ok: true, algorithm, pepper });
    return spelling;
  };

  const lookUp = async (
    batch: readonly CanonicalContact[],
    used: typeof spelling = spelling,
    isLastTry = false,
  ): Promise<Mxids | Failure> => {
    const spelt = await used;
    if (!spelt.ok) return spelt;
    const { algorithm, pepper } = spelt;
    const write = (contact: CanonicalContact) => (algorithm === "none" ? plain(contact) : hashed(contact, pepper));
    const addresses = await Promise.all(batch.map(write));
    const answer = await identity.lookupUsersV2({ body: { algorithm, pepper, addresses } }, call);
    if (answer.status === 200) {
      const mappings = member(answer.body, "mappings");
      if (typeof mappings !== "object" || mappings === null) return unreadable(200, "mappings");
      // What was not asked for, and what is no user, is nobody that was found.
      const mxids = batch.map((contact, i) => [contact, member(mappings, addresses[i] ?? "")] as const);
      return new Map(mxids.filter((pair): pair is [CanonicalContact, string] => isMxid(pair[1])));
    }
    const errcode = textMember(answer.body, "errcode");
    if (errcode === "M_TOO_LARGE" && batch.length > 1) return halved(batch, used, isLastTry);
    const next = errcode === "M_INVALID_PEPPER" && !isLastTry ? renew(used, algorithm, answer.body) : undefined;
    return next === undefined ? refusal(answer, codes) : lookUp(batch, next, true);
  };

  const halved = async (batch: readonly CanonicalContact[], used: typeof spelling, isLastTry: boolean) => {
    const middle = Math.ceil(batch.length / 2);
    const first = await lookUp(batch.slice(0, middle), used, isLastTry);
    if ("ok" in first) return first;
    const second = await lookUp(batch.slice(middle), used, isLastTry);
    return "ok" in second ? second : new Map([...first, ...second]);
  };

  return { spelling: () => spelling, lookUp };
};

/** Every address once, with all that was given for it. */
const bookOf = <C extends Contact>(contacts: Iterable<C>) => {
  const unusable: C[] = [];
  const canonical = new Map<string, CanonicalContact>();
  const entries: { readonly contact: C; readonly key: CanonicalContact }[] = [];
  for (const contact of contacts) {
    const own = canonicalContact(contact);
    if (own === undefined) {
      unusable.push(contact);
      continue;
    }
    const key = canonical.get(plain(own)) ?? own;
    canonical.set(plain(own), key);
    entries.push({ contact, key });
  }
  return { unusable, entries, addresses: [...canonical.values()] };
};

const batchesOf = (addresses: readonly CanonicalContact[], size: number): (readonly CanonicalContact[])[] =>
  Array.from({ length: Math.ceil(addresses.length / size) }, (_, i) => addresses.slice(i * size, (i + 1) * size));

const atLeastOne = (value: number, name: string): number => {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} must be a whole number from 1 on`);
};

/**
 * Who of these contacts is on Matrix. Addresses are folded and hashed here, each is asked for once, and a pepper that
 * changes meanwhile is renewed once. Needs a page or a process that has `crypto.subtle`: pages have it over HTTPS.
 * @throws what calls throw that get no answer: `Unreachable`, `TimedOut`, `UnexpectedAnswer`, the signal's reason.
 */
export const discoverContacts = async <C extends Contact>(
  parties: LookupParties,
  contacts: Iterable<C>,
  options: DiscoveryOptions = {},
): Promise<Result<Discovery<C>, DiscoveryCode>> => {
  const size = atLeastOne(options.batchSize ?? 1000, "batchSize");
  const workers = atLeastOne(options.concurrency ?? 2, "concurrency");
  const { entries, unusable, addresses } = bookOf(contacts);
  const { lookUp, spelling } = lookups(parties, options);
  const first = await spelling();
  if (!first.ok) return first;

  const mxids = new Map<CanonicalContact, string>();
  let failure: Failure | undefined;
  const waiting = batchesOf(addresses, size);
  const work = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const found = await lookUp(batch);
      if ("ok" in found) failure ??= found;
      else for (const [address, mxid] of found) mxids.set(address, mxid);
      if (failure !== undefined) return;
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    // What ended one request ends those that were not sent yet.
    waiting.length = 0;
  }
  if (failure !== undefined) return failure;

  const found = entries.flatMap(({ contact, key }) => {
    const mxid = mxids.get(key);
    return mxid === undefined ? [] : [{ contact, mxid }];
  });
  return { ok: true, found, unusable, algorithm: first.algorithm };
};

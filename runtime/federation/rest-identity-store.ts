/**
 * An identity store behind a small REST API of the operator's. `POST {url}/lookup` with
 * `{"lookup": [{"medium", "address"}]}` answers `{"users": [{"medium", "address", "mxid"}]}`, and where the store can
 * hash, `POST {url}/lookup_hashes` with `{"algorithm": "sha256", "pepper", "hashes": []}` answers
 * `{"users": [{"hash", "mxid"}]}`: URL-safe unpadded base64 of SHA-256 over `address medium pepper`. Whom it does not
 * know it leaves out.
 */

import type { Clock } from "../ports/clock.js";
import type { IdentityStore } from "../ports/identity-store.js";
import { parseUserId } from "../protocol/identifiers.js";
import { plainLookup } from "../protocol/lookup-hash.js";
import { encodeBase64Url } from "../protocol/unpadded-base64.js";
import { boundedMap } from "./bounded-map.js";
import { OutgoingError } from "./outgoing-error.js";
import type { OutgoingFetch } from "./outgoing-fetch.js";

export interface RestIdentityStoreOptions {
  /** Without a slash at the end. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly secret?: string | undefined;
  /** Whether it answers `lookup_hashes`. */
  readonly byHash: boolean;
  /** How long (ms) an answer is remembered, that there is nobody included. */
  readonly cacheMs: number;
  readonly fetch: OutgoingFetch["fetch"];
  readonly clock: Clock;
}

/** Asked for at once. */
const batchSize = 1_000;
const rememberedAnswers = 100_000;

interface Remembered {
  readonly mxid: string | undefined;
  readonly until: number;
}

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry => typeof value === "object" && value !== null;

/** The entries of an answer. Throws when it is none. */
const usersIn = (text: string): readonly Entry[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OutgoingError("failed", "the identity store's answer is no JSON", { cause: error });
  }
  const users = isEntry(value) ? value["users"] : undefined;
  if (!Array.isArray(users)) throw new OutgoingError("failed", "the identity store's answer has no list of users");
  return users.filter(isEntry);
};

export const restIdentityStore = (options: RestIdentityStoreOptions): IdentityStore => {
  const { url, secret, byHash, cacheMs, fetch, clock } = options;
  const remembered = boundedMap<Remembered>(rememberedAnswers);

  const post = async (path: string, body: object): Promise<readonly Entry[]> => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) {
      throw new OutgoingError("failed", `the identity store answered with status ${response.status}`);
    }
    return usersIn(text);
  };

  /** Asks for what is not remembered; `keyOf` reads from an entry of the answer whose it is. */
  const resolve = async (
    keys: readonly string[],
    prefix: string,
    request: (indexes: readonly number[]) => Promise<readonly Entry[]>,
    keyOf: (entry: Entry) => string,
  ): Promise<readonly (string | undefined)[]> => {
    const now = clock.now();
    const known = keys.map((key) => remembered.get(prefix + key));
    const open = [...keys.keys()].filter((i) => (known[i]?.until ?? 0) <= now);
    const answers = new Map<string, string>();
    for (let from = 0; from < open.length; from += batchSize) {
      for (const entry of await request(open.slice(from, from + batchSize))) {
        const { mxid } = entry;
        // What is no user ID must not reach clients as one.
        if (typeof mxid === "string" && parseUserId(mxid) !== undefined) answers.set(keyOf(entry), mxid);
      }
    }
    const fresh = new Set(open);
    return keys.map((key, i) => {
      if (!fresh.has(i)) return known[i]?.mxid;
      const mxid = answers.get(key);
      remembered.set(prefix + key, { mxid, until: now + cacheMs });
      return mxid;
    });
  };

  const mxidsOf: IdentityStore["mxidsOf"] = (threepids) =>
    resolve(
      threepids.map(plainLookup),
      "",
      (indexes) => {
        const asked = indexes.flatMap((i) => threepids[i] ?? []);
        return post("/lookup", { lookup: asked.map(({ medium, address }) => ({ medium, address })) });
      },
      ({ address, medium }) => `${address} ${medium}`,
    );

  const mxidsOfHashes: IdentityStore["mxidsOfHashes"] = (pepper, hashes) => {
    const texts = hashes.map(encodeBase64Url);
    return resolve(
      texts,
      `${pepper} `,
      (indexes) =>
        post("/lookup_hashes", { algorithm: "sha256", pepper, hashes: indexes.flatMap((i) => texts[i] ?? []) }),
      ({ hash }) => String(hash),
    );
  };

  return { mxidsOf, mxidsOfHashes: byHash ? mxidsOfHashes : undefined };
};

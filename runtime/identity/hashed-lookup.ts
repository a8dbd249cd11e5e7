/** Who is behind many addresses that are not named. Identity Service API v2, "Association lookup". */

import { after } from "../../generated/seam/awaitable.js";
import type { Associations } from "../ports/associations.js";
import type { LookupHashes } from "../ports/lookup-hashes.js";
import { invalidParam, invalidPepper, protocolError } from "../protocol/errors.js";
import { isLookupHash, lookupHashBytes, plainDigest, plainLookup } from "../protocol/lookup-hash.js";
import { canonicalThreepid, isMedium, type Threepid } from "../protocol/threepid.js";
import type { IdentityHandlers, Section } from "./context.js";
import { countForUser, type LookupLimitPorts } from "./lookup-limits.js";

/** In the order of their worth: the first one hides most. */
const algorithms = ["sha256", "none"] as const;

type Algorithm = (typeof algorithms)[number];

const isAlgorithm = (text: string): text is Algorithm => algorithms.some((algorithm) => algorithm === text);

interface LookupPorts extends LookupLimitPorts {
  readonly associations: Associations;
  readonly lookupHashes: LookupHashes;
}

/** The texts that can be read at all, by what stands for each in the count of what is new; and how to find their users. */
interface Asked {
  readonly keys: readonly Uint8Array[];
  /** By the text as it was sent; undefined when the pepper has changed meanwhile. */
  find(): Promise<Readonly<Record<string, string>> | undefined>;
}

export const hashedLookup = (
  ports: LookupPorts,
  { maxAddresses }: { readonly maxAddresses: number },
): Section<"getHashDetails" | "lookupUsersV2"> => {
  const { associations, lookupHashes } = ports;

  const askByHash = (texts: readonly string[], pepper: string): Asked => {
    const asked = texts.filter(isLookupHash);
    const hashes = lookupHashBytes(asked);
    return {
      keys: hashes,
      find: async () => {
        const mxids = await lookupHashes.mxidsOf(pepper, hashes);
        return mxids && mapped(asked, mxids);
      },
    };
  };

  const askPlainly = (texts: readonly string[]): Asked => {
    const asked = texts.flatMap((text) => {
      const threepid = parsePlain(text);
      return threepid === undefined ? [] : [{ text, threepid }];
    });
    const threepids = asked.map(({ threepid }) => threepid);
    const legible = asked.map(({ text }) => text);
    return {
      keys: [...new Map(threepids.map((threepid) => [plainLookup(threepid), plainDigest(threepid)])).values()],
      find: async () => mapped(legible, await associations.mxidsOf(threepids)),
    };
  };

  const getHashDetails: IdentityHandlers["getHashDetails"] = () =>
    after(lookupHashes.pepper(), (lookup_pepper) => ({
      status: 200,
      body: { lookup_pepper, algorithms: [...algorithms] },
    }));

  const lookupUsersV2: IdentityHandlers["lookupUsersV2"] = async ({ body }, { requester }) => {
    if (requester === undefined) throw protocolError("M_UNAUTHORIZED");
    const { algorithm, pepper, addresses } = body;
    if (!isAlgorithm(algorithm)) throw invalidParam("algorithm", `must be one of ${algorithms.join(", ")}`);
    if (addresses.length > maxAddresses) {
      throw protocolError("M_TOO_LARGE", { status: 400, error: `At most ${maxAddresses} addresses at once.` });
    }
    const current = await lookupHashes.pepper();
    if (pepper !== current) throw invalidPepper(algorithm, current);
    const texts = [...new Set(addresses)];
    const asked = algorithm === "sha256" ? askByHash(texts, pepper) : askPlainly(texts);
    await countForUser(ports, requester.mxid, asked.keys);
    const mappings = await asked.find();
    if (mappings === undefined) throw invalidPepper(algorithm, await lookupHashes.pepper());
    return { status: 200, body: { mappings } };
  };

  return { getHashDetails, lookupUsersV2 };
};

const mapped = (texts: readonly string[], mxids: readonly (string | undefined)[]): Readonly<Record<string, string>> => {
  // Without a prototype: any text is a name like any other, and a thousand of them are added quickly.
  const mappings = Object.create(null) as Record<string, string>; // it has nothing in it
  for (const [i, text] of texts.entries()) {
    const mxid = mxids[i];
    if (mxid !== undefined) mappings[text] = mxid;
  }
  return mappings;
};

/** The spelling of `none`: the address and, after the last space, its medium. */
const parsePlain = (text: string): Threepid | undefined => {
  const space = text.lastIndexOf(" ");
  const medium = text.slice(space + 1);
  return space > 0 && isMedium(medium) ? canonicalThreepid(medium, text.slice(0, space)) : undefined;
};

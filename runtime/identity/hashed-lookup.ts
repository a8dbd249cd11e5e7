/** Who is behind many addresses that are not named. Identity Service API v2, "Association lookup". */

import type { Associations } from "../ports/associations.js";
import type { LookupHashes } from "../ports/lookup-hashes.js";
import { invalidParam, invalidPepper, protocolError } from "../protocol/errors.js";
import { parseLookupHash } from "../protocol/lookup-hash.js";
import { canonicalThreepid, isMedium, type Threepid } from "../protocol/threepid.js";
import type { IdentityHandlers, Section } from "./context.js";

/** In the order of their worth: the first one hides most. */
const algorithms = ["sha256", "none"] as const;

type Algorithm = (typeof algorithms)[number];

const isAlgorithm = (text: string): text is Algorithm => algorithms.some((algorithm) => algorithm === text);

/** The spelling of `none`: the address and, after the last space, its medium. */
const parsePlain = (text: string): Threepid | undefined => {
  const space = text.lastIndexOf(" ");
  const medium = text.slice(space + 1);
  return space > 0 && isMedium(medium) ? canonicalThreepid(medium, text.slice(0, space)) : undefined;
};

interface LookupPorts {
  readonly associations: Associations;
  readonly lookupHashes: LookupHashes;
}

export const hashedLookup = (
  { associations, lookupHashes }: LookupPorts,
  { maxAddresses }: { readonly maxAddresses: number },
): Section<"getHashDetails" | "lookupUsersV2"> => {
  const finders: Record<Algorithm, (addresses: readonly string[], pepper: string) => Promise<Map<string, string>>> = {
    sha256: (addresses, pepper) => found(addresses, parseLookupHash, (hashes) => lookupHashes.mxidsOf(pepper, hashes)),
    none: (addresses) => found(addresses, parsePlain, associations.mxidsOf),
  };

  const getHashDetails: IdentityHandlers["getHashDetails"] = async () => ({
    status: 200,
    body: { lookup_pepper: await lookupHashes.pepper(), algorithms: [...algorithms] },
  });

  const lookupUsersV2: IdentityHandlers["lookupUsersV2"] = async ({ body: { algorithm, pepper, addresses } }) => {
    if (!isAlgorithm(algorithm)) throw invalidParam("algorithm", `must be one of ${algorithms.join(", ")}`);
    if (addresses.length > maxAddresses) {
      throw protocolError("M_TOO_LARGE", { status: 400, error: `At most ${maxAddresses} addresses at once.` });
    }
    const current = await lookupHashes.pepper();
    if (pepper !== current) throw invalidPepper(algorithm, current);
    const mappings = Object.fromEntries(await finders[algorithm](addresses, current));
    return { status: 200, body: { mappings } };
  };

  return { getHashDetails, lookupUsersV2 };
};

/** The users behind the texts that can be read at all, by the text as it was sent. */
const found = async <Key>(
  texts: readonly string[],
  parse: (text: string) => Key | undefined,
  find: (keys: readonly Key[]) => Promise<readonly (string | undefined)[]>,
): Promise<Map<string, string>> => {
  const asked = texts.flatMap((text) => {
    const key = parse(text);
    return key === undefined ? [] : [{ text, key }];
  });
  const mxids = await find(asked.map(({ key }) => key));
  return new Map(
    asked.flatMap(({ text }, i) => {
      const mxid = mxids[i];
      return mxid === undefined ? [] : [[text, mxid] as const];
    }),
  );
};

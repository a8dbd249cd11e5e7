/** Everything a Sydent's database holds, into ours. */

import type { Signer } from "../../identity/signed-association.js";
import type { Clock } from "../../ports/clock.js";
import type { ImportTarget } from "../../ports/identity-import.js";
import type { LookupHashes } from "../../ports/lookup-hashes.js";
import type { Random } from "../../ports/random.js";
import type { SigningKeys } from "../../ports/signing-keys.js";
import type { SydentDatabase } from "../../ports/sydent-database.js";
import { signingKeyOf } from "../../protocol/ed25519.js";
import { newPepper } from "../../protocol/lookup-hash.js";
import { moveAssociations } from "./associations.js";
import { moveEphemeralKeys, moveInvites } from "./invitations.js";
import { countAccounts, moveAcceptedTerms, moveSessions, moveTokens } from "./people.js";
import type { MovedKey } from "./signing-key.js";
import { type Count, counting, digestOf, type Kind, kinds, type Tally } from "./tally.js";

export interface MovePorts {
  readonly signingKeys: SigningKeys;
  readonly lookupHashes: LookupHashes;
  readonly target: ImportTarget;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every row that was read. */
  readonly progress?: ((kind: Kind, found: number) => void) | undefined;
}

export type Tallies = readonly (Tally & { readonly kind: Kind })[];

/** There is a database already, of a server that signs with another key. */
export class ForeignKeyError extends Error {
  override readonly name = "ForeignKeyError";
}

/** One key for each server: what it signed must stay checkable, under the id that it was signed with. */
const moveKey = async ({ keyId, seed }: MovedKey, { signingKeys, clock }: MovePorts, count: Count): Promise<void> => {
  count.found();
  const { publicKey } = signingKeyOf(keyId, seed);
  const all = await signingKeys.all();
  if (all.some((key) => key.keyId === keyId && key.publicKey === publicKey)) return;
  const other = all[0];
  if (other !== undefined) {
    throw new ForeignKeyError(
      `signs with a key of its own (${other.keyId} ${other.publicKey}), and cannot take over ${keyId} ${publicKey}`,
    );
  }
  await signingKeys.currentOr({ keyId, seed, publicKey, createdAt: clock.now(), retiredAt: undefined });
  count.changed(true);
};

/** Later peppers are ours: what clients hash with is changed by nobody but the operator. */
const movePepper = async (pepper: string | undefined, ports: MovePorts, count: Count): Promise<void> => {
  if (pepper !== undefined) count.found();
  const isNew = pepper !== undefined && ports.target.isNew(digestOf("pepper", pepper));
  await ports.lookupHashes.establish(pepper ?? newPepper(ports.random), ports.clock.now());
  count.changed(isNew && (await ports.lookupHashes.pepper()) === pepper);
};

const countPeers = (peers: number, count: Count): void => {
  count.found(peers);
  count.leftOut("not needed: one server holds all of the data", peers);
};

/**
 * Takes over what has not been taken over before.
 * @throws ForeignKeyError when the target has another signing key
 */
export const moveDatabase = async (
  source: SydentDatabase,
  key: MovedKey,
  serverName: string,
  ports: MovePorts,
): Promise<Tallies> => {
  const { target, progress } = ports;
  const now = ports.clock.now();
  const counts = new Map(kinds.map((kind) => [kind, counting((found) => progress?.(kind, found))]));
  const counted = (kind: Kind): Count => counts.get(kind) ?? counting();
  const signer: Signer = { serverName, signingKey: signingKeyOf(key.keyId, key.seed) };
  await moveKey(key, ports, counted("signingKeys"));
  await movePepper(source.pepper(), ports, counted("lookupPeppers"));
  moveAssociations(source.associations(), target, signer, counted("associations"));
  countAccounts(source, counted("accounts"));
  moveTokens(source.tokens(), target, now, counted("accessTokens"));
  moveAcceptedTerms(source.acceptedTerms(), target, now, counted("acceptedTerms"));
  moveSessions(source.sessions(), target, { now, random: ports.random }, counted("validationSessions"));
  moveInvites(source.invites(), target, { now, random: ports.random }, counted("invites"));
  moveEphemeralKeys(source.ephemeralKeys(), target, now, counted("ephemeralKeys"));
  countPeers(source.peers(), counted("peers"));
  return [...counts].map(([kind, { tally }]) => ({ kind, ...tally }));
};

/** The keys that this homeserver signs with, as it publishes them (Server-Server API, "Publishing keys"). */

import type { Clock } from "../../ports/clock.js";
import type { SigningKeys, StoredSigningKey } from "../../ports/signing-keys.js";
import { type SigningKey, signingKeyOf } from "../../protocol/ed25519.js";
import { type Signed, signJson } from "../../protocol/signed-json.js";

/** A type, not an interface: it is one of the objects that JSON knows. */
export type KeyDocument = Signed<{
  readonly server_name: string;
  readonly verify_keys: Record<string, { readonly key: string }>;
  readonly old_verify_keys: Record<string, { readonly key: string; readonly expired_ts: number }>;
  readonly valid_until_ts: number;
}>;

export interface PublishedKeys {
  /** Signed with every key in use. */
  document(): Promise<KeyDocument>;
  /** Adds this server's signatures to what another server says. */
  cosigned<T extends object>(document: T): Promise<Signed<T>>;
}

interface PublishedKeysPorts {
  readonly signingKeys: Pick<SigningKeys, "all">;
  readonly clock: Clock;
  readonly serverName: string;
}

const hourMs = 3_600_000;

/** How long others may do without asking again, at least: after a rotation they learn of the new key within it. */
const lifeMs = 24 * hourMs;

export const publishedKeys = ({ signingKeys, clock, serverName }: PublishedKeysPorts): PublishedKeys => {
  let signedLast: { readonly of: string; readonly document: KeyDocument } | undefined;

  const inUse = (keys: readonly StoredSigningKey[]): readonly SigningKey[] =>
    keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ keyId, seed }) => signingKeyOf(keyId, seed));

  const signed = <T extends object>(document: T, keys: readonly SigningKey[]): Signed<T> =>
    keys.reduce<Signed<T>>((object, key) => signJson(object, serverName, key), {
      signatures: {},
      ...document,
    });

  const made = (keys: readonly StoredSigningKey[], validUntil: number): KeyDocument => {
    const current = inUse(keys);
    const old = keys.flatMap(({ keyId, publicKey, retiredAt }) =>
      retiredAt === undefined ? [] : [[keyId, { key: publicKey, expired_ts: retiredAt }] as const],
    );
    const document = {
      server_name: serverName,
      verify_keys: Object.fromEntries(current.map(({ keyId, publicKey }) => [keyId, { key: publicKey }])),
      old_verify_keys: Object.fromEntries(old),
      valid_until_ts: validUntil,
    };
    return signed(document, current);
  };

  return {
    async document() {
      const keys = await signingKeys.all();
      // The time moves by the hour, so that signing is done once in an hour and not for everybody who asks.
      const validUntil = Math.ceil(clock.now() / hourMs) * hourMs + lifeMs;
      const of = JSON.stringify([validUntil, ...keys.map(({ keyId, retiredAt }) => [keyId, retiredAt])]);
      if (signedLast?.of !== of) signedLast = { of, document: made(keys, validUntil) };
      return signedLast.document;
    },

    cosigned: async (document) => signed(document, inUse(await signingKeys.all())),
  };
};

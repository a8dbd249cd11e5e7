import type { IdentityServerAnswer, IdentityServers } from "../../ports/identity-servers.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import { protocolError } from "../../protocol/errors.js";
import { isKeyId, isServerName } from "../../protocol/identifiers.js";
import { type SignedInvite, signedWith, signersOf } from "../../protocol/third-party-invite.js";
import type { TrustedServers } from "./identity-server-name.js";

export type PublishedVerdict =
  /** An identity server that it names has signed it: the block as that server signed it. */
  | { readonly outcome: "signed"; readonly signed: JsonObject }
  | { readonly outcome: "unsigned" }
  /** One that it names cannot be asked for its key, and no other one has signed it. */
  | { readonly outcome: "unreachable" };

/** A notice comes from one identity server, which signs with one key; whoever names many wants them asked. */
const maxSigners = 4;

/**
 * Whether identity servers have signed invites by keys that they publish, each key asked for once. For the invites of
 * one notice: throws M_FORBIDDEN where they name more servers and keys than any notice does.
 */
export const publishedSignatures = ({
  identityServers,
  trusted,
}: {
  readonly identityServers: Pick<IdentityServers, "publicKey">;
  readonly trusted: TrustedServers;
}): ((invite: SignedInvite) => Promise<PublishedVerdict>) => {
  const asked = new Map<string, Promise<IdentityServerAnswer<string>>>();

  const keyOf = (name: string, keyId: string): Promise<IdentityServerAnswer<string>> => {
    const place = `${keyId} ${name}`;
    const known = asked.get(place);
    if (known !== undefined) return known;
    if (asked.size >= maxSigners) throw protocolError("M_FORBIDDEN", { error: "A notice has one signer, or few." });
    const key = identityServers.publicKey(trusted.nameOf(name), keyId);
    asked.set(place, key);
    return key;
  };

  return async (invite) => {
    let failure: "unsigned" | "unreachable" = "unsigned";
    for (const signer of signersOf(invite)) {
      const [name, keyId] = signer;
      if (!isServerName(name) || !isKeyId(keyId) || !keyId.startsWith("ed25519:")) continue;
      const key = await keyOf(name, keyId);
      const signed = key.outcome === "answered" ? signedWith(invite, key.value, signer) : undefined;
      if (signed !== undefined) return { outcome: "signed", signed };
      if (key.outcome === "unreachable" || key.outcome === "unsupported") failure = "unreachable";
    }
    return { outcome: failure };
  };
};

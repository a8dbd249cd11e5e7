import type { AccountStore } from "../../ports/account-store.js";
import { ProtocolError } from "../../protocol/errors.js";
import { parseUserId } from "../../protocol/identifiers.js";
import { canonicalThreepid, isMedium, parsePhone, type Threepid } from "../../protocol/threepid.js";

/** How a client names the account that it wants to prove. */
export type AccountIdentifier =
  /** A user ID, or its localpart. */
  | { readonly kind: "user"; readonly user: string }
  | { readonly kind: "threepid"; readonly medium: string; readonly address: string }
  | { readonly kind: "phone"; readonly country: string; readonly number: string };

export interface NamedAccount {
  /**
   * The name as the client gave it, in the one spelling that all of its spellings have, whether it is somebody's or
   * not. Tries are counted by it, so that nobody learns from them who is known.
   */
  readonly name: string;
  /** The user ID that it stands for; whether there is such an account is another question. */
  readonly mxid: string | undefined;
}

export type ResolveIdentifier = (identifier: AccountIdentifier) => Promise<NamedAccount>;

interface IdentifierPorts {
  readonly accounts: Pick<AccountStore, "ownerOf">;
  readonly serverName: string;
}

const msisdnOf = (country: string, number: string): string | undefined => {
  try {
    return parsePhone(country, number).msisdn;
  } catch (error) {
    // What is no phone number names nobody; that is no error of its own here.
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
};

export const identifierResolver =
  ({ accounts, serverName }: IdentifierPorts): ResolveIdentifier =>
  async (identifier) => {
    const ownerOf = async (threepid: Threepid): Promise<NamedAccount> => ({
      name: `${threepid.medium} ${threepid.address}`,
      mxid: await accounts.ownerOf(threepid),
    });
    // What can be nobody's is no secret, however it is spelled.
    const nobody: NamedAccount = { name: JSON.stringify(identifier), mxid: undefined };

    switch (identifier.kind) {
      case "user": {
        const { user } = identifier;
        const mxid = user.startsWith("@") ? user : `@${user}:${serverName}`;
        const isElsewhere = user.startsWith("@") && parseUserId(user)?.serverName !== serverName;
        return isElsewhere ? nobody : { name: mxid, mxid };
      }
      case "threepid": {
        const { medium, address } = identifier;
        return isMedium(medium) ? ownerOf(canonicalThreepid(medium, address)) : nobody;
      }
      case "phone": {
        const msisdn = msisdnOf(identifier.country, identifier.number);
        return msisdn === undefined ? nobody : ownerOf({ medium: "msisdn", address: msisdn });
      }
    }
  };

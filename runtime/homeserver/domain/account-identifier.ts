import type { AccountStore } from "../../ports/account-store.js";
import { ProtocolError } from "../../protocol/errors.js";
import { parseUserId } from "../../protocol/identifiers.js";
import { canonicalThreepid, isMedium, parsePhone } from "../../protocol/threepid.js";

/** How a client names the account that it wants to prove. */
export type AccountIdentifier =
  /** A user ID, or its localpart. */
  | { readonly kind: "user"; readonly user: string }
  | { readonly kind: "threepid"; readonly medium: string; readonly address: string }
  | { readonly kind: "phone"; readonly country: string; readonly number: string };

/** The user ID that an identifier stands for; whether there is such an account is another question. */
export type ResolveIdentifier = (identifier: AccountIdentifier) => Promise<string | undefined>;

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
    switch (identifier.kind) {
      case "user": {
        if (!identifier.user.startsWith("@")) return `@${identifier.user}:${serverName}`;
        return parseUserId(identifier.user)?.serverName === serverName ? identifier.user : undefined;
      }
      case "threepid": {
        const { medium, address } = identifier;
        return isMedium(medium) ? accounts.ownerOf(canonicalThreepid(medium, address)) : undefined;
      }
      case "phone": {
        const msisdn = msisdnOf(identifier.country, identifier.number);
        return msisdn === undefined ? undefined : accounts.ownerOf({ medium: "msisdn", address: msisdn });
      }
    }
  };

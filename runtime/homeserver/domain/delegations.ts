import type { Clock } from "../../ports/clock.js";
import type { DelegatedSessions } from "../../ports/delegated-sessions.js";
import type { IdentityServer, RemoteSession } from "../../ports/identity-servers.js";
import type { Random } from "../../ports/random.js";
import { openSealedText, sealText } from "../../protocol/sealed-text.js";
import type { Medium } from "../../protocol/threepid.js";
import { tokenHash } from "../../protocol/tokens.js";
import { identityServer } from "./identity-server-name.js";

/**
 * Sessions that identity servers keep, begun through this homeserver. Clients show them here without saying where they
 * are kept, nor bringing the access token that version 2 of an identity server asks for.
 */
export interface Delegations {
  record(medium: Medium, session: RemoteSession, server: IdentityServer): Promise<void>;
  /** The server that keeps the session, to be asked in the name that it was begun in. */
  keeperOf(medium: Medium, session: RemoteSession): Promise<IdentityServer | undefined>;
}

interface DelegationPorts {
  readonly delegatedSessions: DelegatedSessions;
  readonly random: Random;
  readonly clock: Clock;
}

export const delegations = ({ delegatedSessions, random, clock }: DelegationPorts): Delegations => {
  const nameOf = (medium: Medium, { sid, clientSecret }: RemoteSession) => ({
    medium,
    sid,
    secretHash: tokenHash(clientSecret),
  });
  return {
    record: (medium, session, { name, accessToken }) => {
      // Under the secret, which stands nowhere in the clear: whoever reads the database has nobody's token.
      const sealedToken = accessToken === undefined ? undefined : sealText(random, accessToken, session.clientSecret);
      return delegatedSessions.record(nameOf(medium, session), { idServer: name, sealedToken }, clock.now());
    },
    keeperOf: async (medium, session) => {
      const keeper = await delegatedSessions.keeperOf(nameOf(medium, session));
      if (keeper === undefined) return undefined;
      const { idServer, sealedToken } = keeper;
      return identityServer(idServer, sealedToken && openSealedText(sealedToken, session.clientSecret));
    },
  };
};

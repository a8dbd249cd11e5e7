/** Accounts of version 2: an OpenID token of the homeserver for an access token of ours. "Authentication". */

import type { AccessTokens } from "../ports/access-tokens.js";
import type { Clock } from "../ports/clock.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { Limiter } from "../ports/limiter.js";
import type { Random } from "../ports/random.js";
import { invalidParam, protocolError } from "../protocol/errors.js";
import { isServerName } from "../protocol/identifiers.js";
import { limitTo } from "../validation/dispatch.js";
import { issueAccessToken } from "./access-tokens.js";
import { requireAllowed } from "./allowed-homeservers.js";
import type { IdentityContext, IdentityHandlers, IdentityRequester, Section } from "./context.js";
import type { IdentitySettings } from "./settings.js";

export interface AccountPorts {
  readonly accessTokens: AccessTokens;
  readonly homeservers: Pick<Homeservers, "userinfo">;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
}

/** The documents ask for a token, so the policy has let nobody in without. */
const callerOf = ({ requester }: IdentityContext): IdentityRequester => {
  if (requester === undefined) throw protocolError("M_UNAUTHORIZED");
  return requester;
};

export const account = (
  ports: AccountPorts,
  settings: Pick<IdentitySettings, "maxAccessTokens" | "allowedHomeservers">,
): Section<"registerAccount" | "getAccount" | "logout"> => {
  /** Anybody may run a homeserver: only what it says of its own users is believed, and the port sees to that. */
  const ownerOf = async (serverName: string, openIdToken: string, { signal, log }: IdentityContext) => {
    const answer = await ports.homeservers.userinfo(serverName, openIdToken, signal);
    if (answer.outcome === "answered") return answer.mxid;
    log.info("a homeserver did not vouch for a user", { serverName, ...answer });
    if (answer.outcome === "refused") {
      throw protocolError("M_UNAUTHORIZED", { error: "Your homeserver does not vouch for you." });
    }
    throw protocolError("M_UNKNOWN", { status: 502, error: "Your homeserver could not be asked who you are." });
  };

  const registerAccount: IdentityHandlers["registerAccount"] = async ({ body }, context) => {
    const { access_token, matrix_server_name: serverName } = body;
    if (!isServerName(serverName)) throw invalidParam("matrix_server_name", "must be the name of a homeserver");
    // Before it is asked anything: nobody has us look for servers whose users are not served.
    requireAllowed(settings, serverName);
    // Each one makes us ask a server that a stranger names.
    await limitTo(ports.limiter, "account.ip", context.clientIp);
    const mxid = await ownerOf(serverName, access_token, context);
    const token = await issueAccessToken(ports, mxid, settings.maxAccessTokens);
    return { status: 200, body: { token, access_token: token } };
  };

  const getAccount: IdentityHandlers["getAccount"] = (_, context) => ({
    status: 200,
    body: { user_id: callerOf(context).mxid },
  });

  const logout: IdentityHandlers["logout"] = async (_, context) => {
    await ports.accessTokens.remove(callerOf(context).tokenHash);
    return { status: 200, body: {} };
  };

  return { registerAccount, getAccount, logout };
};

import type { IdentityServer } from "../../ports/identity-servers.js";
import { invalidParam } from "../../protocol/errors.js";
import { isServerName } from "../../protocol/identifiers.js";
import type { TrustedIdentityServer } from "../settings.js";

/**
 * The name in `id_server`, which should be a bare host and port. Clients in use also send a scheme or a slash at the
 * end, and these are taken away; anything that would lead to another place of that server, or to another server than
 * it seems to name, is refused with undefined.
 */
export const identityServerName = (idServer: string): string | undefined => {
  const name = idServer.replace(/^https?:\/\//i, "").replace(/\/$/, "");
  // Host names know no case, and the same server must be one entry in every list.
  return isServerName(name) ? name.toLowerCase() : undefined;
};

export interface TrustedServers {
  /** The entry for what a client sent as `id_server`; undefined when it is malformed or not trusted. */
  find(idServer: string): TrustedIdentityServer | undefined;
  /** The name of any identity server, as the operator writes it if it is a trusted one. Throws M_INVALID_PARAM. */
  nameOf(idServer: string): string;
}

export const trustedServers = (servers: readonly TrustedIdentityServer[]): TrustedServers => {
  const byName = new Map(servers.map((server) => [server.name.toLowerCase(), server]));
  const find = (idServer: string): TrustedIdentityServer | undefined => {
    const name = identityServerName(idServer);
    return name === undefined ? undefined : byName.get(name);
  };
  return {
    find,
    nameOf(idServer) {
      const name = find(idServer)?.name ?? identityServerName(idServer);
      if (name === undefined) throw invalidParam("id_server", "must be a host name with an optional port");
      return name;
    },
  };
};

/** What a header can carry. */
const accessTokenShape = /^[\x21-\x7e]+$/;

/**
 * How the port is told which server to ask, and in whose name. Throws M_INVALID_PARAM for a token that none can be.
 */
export const identityServer = (name: string, idAccessToken: string | undefined): IdentityServer => {
  if (idAccessToken === undefined) return { name };
  if (!accessTokenShape.test(idAccessToken)) throw invalidParam("id_access_token", "is no access token");
  return { name, accessToken: idAccessToken };
};

import type { IdentityServer } from "../../ports/identity-servers.js";
import type { TrustedIdentityServer } from "../settings.js";

/** host, or host:port; the host a name, a dotted quad, or an IPv6 address in brackets. */
const nameGrammar = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,255})(?::\d{1,5})?$/;

/**
 * The name in `id_server`, which should be a bare host and port. Clients in use also send a scheme or a slash at the
 * end, and these are taken away; anything that would lead to another place of that server, or to another server than
 * it seems to name, is refused with undefined.
 */
export const identityServerName = (idServer: string): string | undefined => {
  const name = idServer.replace(/^https?:\/\//i, "").replace(/\/$/, "");
  if (name.length > 255 || !nameGrammar.test(name)) return undefined;
  const port = /:(\d{1,5})$/.exec(name)?.[1];
  const host = port === undefined ? name : name.slice(0, -port.length - 1);
  if (host.startsWith("[") !== host.endsWith("]")) return undefined;
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65535)) return undefined;
  // Host names know no case, and the same server must be one entry in every list.
  return name.toLowerCase();
};

export interface TrustedServers {
  /** The entry for what a client sent as `id_server`; undefined when it is malformed or not trusted. */
  find(idServer: string): TrustedIdentityServer | undefined;
}

export const trustedServers = (servers: readonly TrustedIdentityServer[]): TrustedServers => {
  const byName = new Map(servers.map((server) => [server.name.toLowerCase(), server]));
  return {
    find(idServer) {
      const name = identityServerName(idServer);
      return name === undefined ? undefined : byName.get(name);
    },
  };
};

/** How the port is told which server to ask, and in whose name. */
export const identityServer = (name: string, idAccessToken: string | undefined): IdentityServer =>
  idAccessToken === undefined ? { name } : { name, accessToken: idAccessToken };

/** A homeserver that asks a real identity server, in the same process. */

import { identityServers } from "../../../runtime/federation/identity-servers.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { testServer } from "../identity/identity-server.js";
import { type Changes, homeserver, serverName } from "./homeserver.js";

export const idServer = "id.example.org";

const signingKey = signingKeyOf("ed25519:hs", new Uint8Array(32).fill(7));

/** Both servers. The identity server's clock is turned by its own `advance`. */
export const bothServers = async (changes: Changes = {}, mayResetPasswords = true) => {
  const identity = await testServer();
  identity.homeserverKeys.set(`${serverName} ${signingKey.keyId}`, signingKey.publicKey);
  const asked: string[] = [];
  /** Set to have something else answer in the identity server's place. */
  const stand = { in: undefined as undefined | ((request: Request) => Response | Promise<Response>) };
  const fetch = async (request: Request): Promise<Response> => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return (stand.in ?? identity.fetch)(request);
  };
  const reached = identityServers({
    serverName,
    signingKey: async () => signingKey,
    signedFor: ["destination", "destination_is"],
    baseUrls: new Map([[idServer, `https://${idServer}`]]),
    fetchListed: fetch,
    fetchUnlisted: () => Promise.reject(new TypeError("fetch failed")),
  });
  const server = homeserver({
    trusted: [{ name: idServer, mayResetPasswords }],
    identityServers: reached,
    ...changes,
  });
  const close = () => {
    server.close();
    identity.close();
  };
  return { server, identity, identityServers: reached, asked, stand, close };
};

export type Servers = Awaited<ReturnType<typeof bothServers>>;

/** What a client asks for a mailed token with. */
export const email = (more: object = {}) => ({
  email: "alice@example.org",
  client_secret: "secret",
  send_attempt: 1,
  id_server: idServer,
  ...more,
});

export const proxied = {
  email: { enabled: true, validatedBy: "identity-server", proof: "link" },
  msisdn: { enabled: true, validatedBy: "identity-server" },
} as const;

import { isIP } from "node:net";
import type { Configuration } from "./schema.js";
import type { Finding } from "./validate.js";

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/** Whoever reaches the internal API speaks for every user: beyond this machine that takes a secret. */
export function unguarded({ identity }: Configuration): readonly Finding[] {
  if (identity === undefined || !identity.internal.enabled) return [];
  const { listen, secret } = identity.internal;
  if (secret !== undefined || isLoopback(listen.host)) return [];
  return [
    {
      path: ["identity", "internal", "listen", "host"],
      what: `the internal API would let everybody who reaches ${listen.host} bind any address to any user`,
      hint: 'set "identity.internal.secret", or let it listen on 127.0.0.1',
    },
  ];
}

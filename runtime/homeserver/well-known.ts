/**
 * What clients find out about the homeserver of a domain: one and the same document in every era. Client-Server API,
 * "Well-known URIs".
 */

import type { WellKnownSettings } from "./settings.js";

export interface ClientWellKnown {
  readonly publicBaseUrl: string;
  readonly wellKnown: Pick<WellKnownSettings, "identityServer">;
}

export const wellKnownBody = ({ publicBaseUrl, wellKnown: { identityServer } }: ClientWellKnown) => ({
  "m.homeserver": { base_url: publicBaseUrl },
  ...(identityServer === undefined ? {} : { "m.identity_server": { base_url: identityServer } }),
});

export const wellKnown = (settings: ClientWellKnown) => ({
  getWellknown: () => ({ status: 200, body: wellKnownBody(settings) }) as const,
});

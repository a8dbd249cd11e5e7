/**
 * What clients find out about the homeserver of a domain: one and the same document in both eras. Client-Server API,
 * "Well-known URIs".
 */

import { protocolError } from "../protocol/errors.js";
import type { Section } from "./r0/context.js";
import type { SupportContact, WellKnownSettings } from "./settings.js";
import type { Section as V3Section } from "./v3/context.js";

export interface ClientWellKnown {
  readonly publicBaseUrl: string;
  readonly wellKnown: Pick<WellKnownSettings, "identityServer">;
}

export const wellKnownBody = ({ publicBaseUrl, wellKnown: { identityServer } }: ClientWellKnown) => ({
  "m.homeserver": { base_url: publicBaseUrl },
  ...(identityServer === undefined ? {} : { "m.identity_server": { base_url: identityServer } }),
});

export const wellKnown = (settings: ClientWellKnown): Section<"getWellknown"> => ({
  getWellknown: () => ({ status: 200, body: wellKnownBody(settings) }),
});

export const support = ({ support: told }: WellKnownSettings): V3Section<"getWellknownSupport"> => ({
  getWellknownSupport: () => {
    if (told === undefined) throw protocolError("M_NOT_FOUND", { error: "Nobody is named here to ask for help." });
    const { contacts, page } = told;
    return {
      status: 200,
      body: {
        ...(contacts.length === 0 ? {} : { contacts: contacts.map(contactOf) }),
        ...(page === undefined ? {} : { support_page: page }),
      },
    };
  },
});

const contactOf = ({ role, mxid, email }: SupportContact) => ({
  role,
  ...(mxid === undefined ? {} : { matrix_id: mxid }),
  ...(email === undefined ? {} : { email_address: email }),
});

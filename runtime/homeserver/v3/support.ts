/** Whom the people of this homeserver ask for help. Client-Server API v3, "Well-known URIs". */

import { protocolError } from "../../protocol/errors.js";
import type { SupportContact, WellKnownSettings } from "../settings.js";
import type { Section } from "./context.js";

export const support = ({ support: told }: WellKnownSettings): Section<"getWellknownSupport"> => ({
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

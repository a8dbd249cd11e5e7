/** What the servers of the world are configured with: the two main ones, and others that differ in what is tested. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseConfiguration } from "../../runtime/config/load.js";
import type { Configuration } from "../../runtime/config/schema.js";
import type { IdentityRelay } from "../support/identity-relay.js";
import type { MailSink } from "../support/mail-sink.js";
import type { SmsGateway } from "../support/sms-gateway.js";
import type { TestNetwork } from "../support/test-network.js";
import { blockedRoom, homeserverName, identityName, internalSecret, knownHomeserver } from "./names.js";

const termsFile = fileURLToPath(new URL("../fixtures/terms.yaml", import.meta.url));

/** What the servers of the world meet. */
interface Surroundings {
  readonly folder: string;
  readonly mail: Pick<MailSink, "port">;
  readonly sms: Pick<SmsGateway, "url">;
  readonly relay: Pick<IdentityRelay, "url">;
  readonly network: Pick<TestNetwork, "options">;
}

const sharedSections = ({ mail, sms, network }: Surroundings) => ({
  mail: { transport: "smtp", host: "127.0.0.1", port: mail.port, tls: "none", from: "noreply@example.org" },
  sms: { transport: "gateway", url: sms.url, rejected_text: "BLOCKED", reject: ["FR"] },
  network: network.options,
  development: { check_answers: true },
});

const identityOptions = ({ relay }: Surroundings) => ({
  server_name: identityName,
  public_base_url: relay.url,
  listen: { port: 0 },
  v1: { bind_any_mxid: true },
  // One user asks for everything here, at one and the same time.
  max_access_tokens: 10_000,
  web_client_url: "https://app.example.org",
  invites: {
    blocked_homeservers: ["blocked.example"],
    blocked_rooms: [blockedRoom],
    blocked_keywords: ["Cheap Pills"],
  },
  homeserver_keys: [
    {
      server_name: knownHomeserver.name,
      key_id: knownHomeserver.key.keyId,
      public_key: knownHomeserver.key.publicKey,
    },
  ],
});

const trustedBy = ({ relay }: Surroundings) => [{ name: identityName, base_url: relay.url, may_reset_passwords: true }];

const homeserverOptions = (around: Surroundings) => ({
  server_name: homeserverName,
  public_base_url: "https://matrix.example.org",
  listen: { port: 0 },
  registration: { guests: true, exclusive: ["irc_*"] },
  well_known: {
    server: "matrix.example.org:8448",
    identity_server: "https://id.example.org",
    support_page: "https://example.org/help",
    contacts: [
      { role: "m.role.security", email_address: "security@example.org" },
      { role: "m.role.admin", matrix_id: "@admin:example.com", email_address: "admin@example.org" },
    ],
  },
  threepid: { trusted_id_servers: trustedBy(around), deny: ["*@denied.example", "441*"], conceal_accounts: false },
});

export const configurations = (around: Surroundings) => {
  const database = (name: string) => join(around.folder, `${name}.sqlite`);
  const configured = (sections: object): Configuration =>
    parseConfiguration(JSON.stringify({ ...sharedSections(around), ...sections }), "contract test");
  const identity = (file: string, changes: object) => ({
    ...identityOptions(around),
    database: database(file),
    ...changes,
  });
  const homeserver = (file: string, changes: object = {}) => ({
    ...homeserverOptions(around),
    database: database(file),
    ...changes,
  });
  return {
    main: configured({
      identity: identity("identity", { internal: { enabled: true, listen: { port: 0 }, secret: internalSecret } }),
      homeserver: homeserver("homeserver"),
    }),
    v2Only: configured({ identity: identity("v2", { v1: { enabled: false } }) }),
    guarded: configured({
      identity: identity("guarded", { v1: { bind_any_mxid: false, invite_as_any_sender: false } }),
    }),
    bound: configured({ identity: identity("identity", { terms_file: termsFile }) }),
    restricted: configured({ identity: identity("identity", { allowed_homeservers: [knownHomeserver.name] }) }),
    proxying: configured({
      homeserver: homeserver("proxying", {
        well_known: {},
        registration: {},
        threepid: {
          trusted_id_servers: trustedBy(around),
          email: { validate: "proxy" },
          msisdn: { validate: "proxy" },
          allow: ["*@example.org", "447*"],
          conceal_accounts: false,
        },
      }),
    }),
    concealing: configured({
      homeserver: homeserver("homeserver", {
        registration: { enabled: false },
        threepid: { email: { method: "code" }, conceal_accounts: true },
      }),
    }),
    fixed: configured({
      homeserver: homeserver("homeserver", { threepid: { changes_enabled: false, msisdn: { enabled: false } } }),
    }),
  };
};

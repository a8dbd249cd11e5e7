/**
 * Both servers as an operator runs them: composed from a configuration, listening on loopback, each with a SQLite file
 * of its own. Mail goes by SMTP into a sink and text messages to a gateway; the generated clients ask from outside.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientServerClient, createClientServerClient } from "../../generated/client-server/index.js";
import { createIdentityClient, type IdentityClient } from "../../generated/identity/index.js";
import { administrate, compose } from "../../runtime/compose.js";
import { parseConfiguration } from "../../runtime/config/load.js";
import type { Configuration } from "../../runtime/config/schema.js";
import { type MailSink, mailSink } from "../support/mail-sink.js";
import { type PublicAddress, publicAddress } from "../support/public-address.js";
import { type SmsGateway, smsGateway } from "../support/sms-gateway.js";
import type { TestNetwork } from "../support/test-network.js";

/** What clients call the identity server; the homeserver's configuration says where it is reached. */
export const idServer = "id.example.org";
export const homeserverName = "example.org";
export const webClient = "https://app.example.org";

export interface Choice {
  /** Who validates addresses for the homeserver. */
  readonly validate?: "self" | "proxy";
  /** What the homeserver's own mails hold. */
  readonly method?: "link" | "code";
  readonly conceal?: boolean;
  /** Whether a session of the identity server may reset a password. */
  readonly mayReset?: boolean;
  /** Keys of homeservers that are not of this configuration. */
  readonly homeserverKeys?: readonly {
    readonly server_name: string;
    readonly key_id: string;
    readonly public_key: string;
  }[];
  /** Where other homeservers are; without it there are none. */
  readonly network?: TestNetwork;
  /** Options besides, by section. */
  readonly options?: Readonly<Record<string, object>>;
}

export interface Servers {
  readonly identity: IdentityClient;
  readonly homeserver: ClientServerClient;
  /** Base URLs as the world knows them. */
  readonly identityUrl: string;
  readonly homeserverUrl: string;
  readonly mail: MailSink;
  readonly texts: SmsGateway;
  readonly configuration: Configuration;
  /** Makes an access token of the identity service's version 2, as the operator's command does. */
  identityToken(mxid: string): Promise<string>;
  /** From now on nobody reaches the identity server, or everybody does again. */
  identityReachable(reachable: boolean): void;
  close(): Promise<void>;
}

interface Places {
  readonly folder: string;
  readonly identity: PublicAddress;
  readonly homeserver: PublicAddress;
  readonly mail: MailSink;
  readonly texts: SmsGateway;
}

const configured = (
  {
    validate = "self",
    method = "link",
    conceal = false,
    mayReset = true,
    homeserverKeys = [],
    network,
    options = {},
  }: Choice,
  { folder, identity, homeserver, mail, texts }: Places,
): Configuration => {
  const listen = { host: "127.0.0.1", port: 0 };
  const settings: Record<string, object> = {
    identity: {
      server_name: idServer,
      public_base_url: identity.url,
      listen,
      v1: { bind_any_mxid: true },
      database: join(folder, "identity.sqlite"),
      homeserver_keys: homeserverKeys,
      web_client_url: webClient,
    },
    homeserver: {
      server_name: homeserverName,
      public_base_url: homeserver.url,
      listen,
      database: join(folder, "homeserver.sqlite"),
      threepid: {
        email: { validate, method },
        msisdn: { validate },
        trusted_id_servers: [{ name: idServer, base_url: identity.url, may_reset_passwords: mayReset }],
        conceal_accounts: conceal,
      },
    },
    mail: { transport: "smtp", host: "127.0.0.1", port: mail.port, tls: "none", from: "noreply@example.org" },
    sms: { transport: "gateway", url: texts.url },
    // Where there is no network, no name is looked up anywhere else.
    network: network?.options ?? { dns_servers: ["127.0.0.1:1"] },
    log: { level: "silent" },
    development: { check_answers: true },
  };
  for (const [section, more] of Object.entries(options)) settings[section] = { ...settings[section], ...more };
  // JSON is YAML.
  return parseConfiguration(JSON.stringify(settings), "settings of the test");
};

/** The address of a part that the configuration asks for. */
const running = (url: string | undefined): string => {
  if (url === undefined) throw new Error("a server that the configuration names does not listen");
  return url;
};

export const startServers = async (choice: Choice = {}): Promise<Servers> => {
  const folder = mkdtempSync(join(tmpdir(), "threepid-e2e-"));
  const [identity, homeserver, mail, texts] = await Promise.all([
    publicAddress(),
    publicAddress(),
    mailSink(),
    smsGateway(),
  ]);
  const configuration = configured(choice, { folder, identity, homeserver, mail, texts });
  const program = await compose(configuration, choice.network === undefined ? {} : { dial: choice.network.dial });
  const urls = await program.listen();
  identity.leadTo(running(urls.identity));
  homeserver.leadTo(running(urls.homeserver));
  return {
    identity: createIdentityClient({ baseUrl: identity.url, retries: 0 }),
    homeserver: createClientServerClient({ baseUrl: homeserver.url, retries: 0 }),
    identityUrl: identity.url,
    homeserverUrl: homeserver.url,
    mail,
    texts,
    configuration,
    identityToken: async (mxid) => {
      const administration = administrate(configuration);
      try {
        return await administration.issueToken(mxid);
      } finally {
        administration.close();
      }
    },
    identityReachable: (reachable) => {
      if (reachable) identity.leadTo(running(urls.identity));
      else identity.leadNowhere();
    },
    close: async () => {
      await program.close();
      await Promise.all([identity.close(), homeserver.close(), mail.close(), texts.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

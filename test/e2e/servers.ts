/**
 * Both servers as an operator runs them: composed from a configuration, listening on loopback, each with a SQLite file
 * of its own. Mail goes by SMTP into a sink and text messages to a gateway; the generated clients ask from outside.
 * Apart, each has a configuration of its own: they know each other's names, and meet over TLS in the test network.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientServerClient, createClientServerClient } from "../../generated/client-server/index.js";
import { type ClientServerV3Client, createClientServerV3Client } from "../../generated/client-server-v3/index.js";
import { createIdentityClient, type IdentityClient } from "../../generated/identity/index.js";
import { administrate, compose, type Urls } from "../../runtime/compose.js";
import { parseConfiguration } from "../../runtime/config/load.js";
import type { Configuration } from "../../runtime/config/schema.js";
import type { Rooms } from "../../runtime/ports/rooms.js";
import { type MailSink, mailSink } from "../support/mail-sink.js";
import { type PublicAddress, publicAddress } from "../support/public-address.js";
import { type SmsGateway, smsGateway } from "../support/sms-gateway.js";
import type { TestNetwork } from "../support/test-network.js";
import { delegated, homeserverFront, identityFront } from "../support/tls-front.js";

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
  /** Whether the two are strangers to each other, who meet in that network. */
  readonly apart?: boolean;
  /** The rooms of the homeserver; without them it has none. */
  readonly rooms?: Rooms;
  /** Options besides, by section. */
  readonly options?: Readonly<Record<string, object>>;
}

export interface Servers {
  readonly identity: IdentityClient;
  readonly homeserver: ClientServerClient;
  readonly homeserverV3: ClientServerV3Client;
  /** What clients call the identity server. */
  readonly idServer: string;
  /** Base URLs as the world knows them. */
  readonly identityUrl: string;
  readonly homeserverUrl: string;
  readonly mail: MailSink;
  readonly texts: SmsGateway;
  /** That of the identity server, where each has its own. */
  readonly configuration: Configuration;
  /** The same one, or the homeserver's own. */
  readonly homeserverConfiguration: Configuration;
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

/**
 * What the identity server is called, by itself and by clients; apart it is what clients take from its URL, while the
 * homeserver finds it under {@link idServer}.
 */
const nameOf = ({ apart = false }: Choice, url: string): string => (apart ? new URL(url).host : idServer);

const settingsOf = (
  {
    validate = "self",
    method = "link",
    conceal = false,
    mayReset = true,
    homeserverKeys = [],
    network,
    apart = false,
    options = {},
  }: Choice,
  { folder, identity, homeserver, mail, texts }: Places,
): Readonly<Record<string, object>> => {
  const name = nameOf({ apart }, identity.url);
  const base_url = apart ? `https://${idServer}` : identity.url;
  const listen = { host: "127.0.0.1", port: 0 };
  const settings: Record<string, object> = {
    identity: {
      server_name: name,
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
      ...(apart ? { well_known: { server: delegated(homeserverName) } } : {}),
      threepid: {
        email: { validate, method },
        msisdn: { validate },
        trusted_id_servers: [{ name, base_url, may_reset_passwords: mayReset }],
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
  return settings;
};

/** One configuration for both servers, or one for each. */
const configurationsOf = (
  settings: Readonly<Record<string, object>>,
  apart: boolean,
): readonly [Configuration, ...Configuration[]] => {
  const without = (server: string) =>
    Object.fromEntries(Object.entries(settings).filter(([section]) => section !== server));
  // JSON is YAML.
  const parsed = (sections: object) => parseConfiguration(JSON.stringify(sections), "settings of the test");
  return apart ? [parsed(without("homeserver")), parsed(without("identity"))] : [parsed(settings)];
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
  const { network, apart = false } = choice;
  const settings = settingsOf(choice, { folder, identity, homeserver, mail, texts });
  const configurations = configurationsOf(settings, apart);
  const given = {
    ...(network === undefined ? {} : { dial: network.dial }),
    ...(choice.rooms === undefined ? {} : { rooms: choice.rooms }),
  };
  const programs = await Promise.all(configurations.map((it) => compose(it, given)));
  const urls = Object.assign({}, ...(await Promise.all(programs.map((program) => program.listen())))) as Urls; // of all
  identity.leadTo(running(urls.identity));
  homeserver.leadTo(running(urls.homeserver));
  if (apart && network !== undefined) {
    await identityFront(network, idServer, identity.url);
    await homeserverFront(network, homeserverName, homeserver.url);
  }
  const [configuration] = configurations;
  return {
    identity: createIdentityClient({ baseUrl: identity.url, retries: 0 }),
    homeserver: createClientServerClient({ baseUrl: homeserver.url, retries: 0 }),
    homeserverV3: createClientServerV3Client({ baseUrl: homeserver.url, retries: 0 }),
    idServer: nameOf(choice, identity.url),
    identityUrl: identity.url,
    homeserverUrl: homeserver.url,
    mail,
    texts,
    configuration,
    homeserverConfiguration: configurations.at(-1) ?? configuration,
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
      await Promise.all(programs.map((program) => program.close()));
      await Promise.all([identity.close(), homeserver.close(), mail.close(), texts.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

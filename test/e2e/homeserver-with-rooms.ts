/** A homeserver of ours with rooms beside it, as one of several in the test network: known by its name alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type ClientServerV3Client, createClientServerV3Client } from "../../generated/client-server-v3/index.js";
import { createIdentityClient } from "../../generated/identity/index.js";
import { createServerServerClient, type ServerServerClient } from "../../generated/server-server/index.js";
import { compose } from "../../runtime/compose.js";
import { parseConfiguration } from "../../runtime/config/load.js";
import type { MailSink } from "../support/mail-sink.js";
import { publicAddress } from "../support/public-address.js";
import { type TestRooms, testRooms } from "../support/rooms.js";
import { type FoundBy, settle } from "../support/settlement.js";
import type { TestNetwork } from "../support/test-network.js";
import { type Passed, passOn } from "../support/tls-front.js";
import { newSecret, openLink, password } from "./journeys.js";
import type { Servers } from "./servers.js";

export interface HomeserverWithRooms {
  readonly name: string;
  readonly rooms: TestRooms;
  /** What other servers asked, oldest first. */
  readonly asked: readonly Passed[];
  readonly v3: ClientServerV3Client;
  readonly federation: ServerServerClient;
  readonly mail: MailSink;
  close(): Promise<void>;
}

export const homeserverWithRooms = async (
  network: TestNetwork,
  { mail, texts }: Pick<Servers, "mail" | "texts">,
  name: string,
  foundBy: FoundBy = "name",
): Promise<HomeserverWithRooms> => {
  const folder = mkdtempSync(join(tmpdir(), "threepid-e2e-"));
  const address = await publicAddress();
  const asked: Passed[] = [];
  const { delegated: server } = await settle(network, name, foundBy, passOn(address.url, asked));
  const settings = {
    homeserver: {
      server_name: name,
      public_base_url: address.url,
      listen: { host: "127.0.0.1", port: 0 },
      database: join(folder, "homeserver.sqlite"),
      ...(server === undefined ? {} : { well_known: { server } }),
    },
    mail: { transport: "smtp", host: "127.0.0.1", port: mail.port, tls: "none", from: "noreply@example.org" },
    sms: { transport: "gateway", url: texts.url },
    network: network.options,
    log: { level: "silent" },
    development: { check_answers: true },
  };
  const rooms = testRooms();
  // JSON is YAML.
  const configuration = parseConfiguration(JSON.stringify(settings), "settings of the test");
  const program = await compose(configuration, { dial: network.dial, rooms });
  const { homeserver = "" } = await program.listen();
  address.leadTo(homeserver);
  const reached = { baseUrl: address.url, retries: 0 };
  return {
    name,
    rooms,
    asked,
    v3: createClientServerV3Client(reached),
    federation: createServerServerClient(reached),
    mail,
    close: async () => {
      await program.close();
      await address.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export interface Person {
  readonly mxid: string;
  readonly accessToken: string;
}

export const registered = async ({ v3 }: HomeserverWithRooms, username: string): Promise<Person> => {
  const body = { username, password, auth: { type: "m.login.dummy" } };
  const { user_id: mxid, access_token: accessToken = "" } = await v3.orThrow.register({ body });
  return { mxid, accessToken };
};

/** Registers with an address that the homeserver validates by a mail of its own (J1). */
export const registeredWithEmail = async (
  homeserver: HomeserverWithRooms,
  username: string,
  email: string,
): Promise<Person> => {
  const { v3 } = homeserver;
  const client_secret = newSecret();
  const { sid } = await v3.orThrow.requestTokenToRegisterEmail({ body: { client_secret, email, send_attempt: 1 } });
  expect((await openLink(homeserver, email)).status).toBe(200);
  const auth = { type: "m.login.email.identity", threepid_creds: { sid, client_secret } };
  const { user_id: mxid, access_token: accessToken = "" } = await v3.orThrow.register({
    body: { username, password, auth },
  });
  return { mxid, accessToken };
};

/** An account of the identity server, by the homeserver's word (J8). */
export const identityAccount = async (
  { v3 }: HomeserverWithRooms,
  { mxid, accessToken }: Person,
  { identity, identityUrl }: Pick<Servers, "identity" | "identityUrl">,
) => {
  const proof = await v3.orThrow.requestOpenIdToken({ params: { userId: mxid }, body: {} }, { accessToken });
  const { token } = await identity.orThrow.registerAccount({ body: proof });
  return { proof, token, client: createIdentityClient({ baseUrl: identityUrl, accessToken: token, retries: 0 }) };
};

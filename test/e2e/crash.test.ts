import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClientServerClient } from "../../generated/client-server/index.js";
import { createIdentityClient } from "../../generated/identity/index.js";
import { commandFolder, type Folder, type Running } from "../support/command.js";
import { type ListeningHomeserver, listeningHomeserver } from "../support/listening-homeserver.js";
import { type MailSink, mailSink } from "../support/mail-sink.js";
import { type PublicAddress, publicAddress } from "../support/public-address.js";
import { newSecret, offered, openLink, password } from "./journeys.js";

/** On this port nothing listens: it belongs to a service that nobody runs any more. */
const closedPort = 1;
/**
 * A mail that failed is tried again after five seconds; one that was underway, after twice the time it may take. Where
 * this process stands still for so long that a try fails, the next one comes ten seconds later.
 */
const patienceMs = 40_000;

/** The built command in a process of its own, which is killed in the middle of what it does. */
describe("a server that is killed", { timeout: 120_000 }, () => {
  let folder: Folder;
  let mail: MailSink;
  let identityAddress: PublicAddress;
  let homeserverAddress: PublicAddress;
  let elsewhere: ListeningHomeserver;
  let running: Running | undefined;

  beforeEach(async () => {
    folder = commandFolder();
    elsewhere = await listeningHomeserver();
    [mail, identityAddress, homeserverAddress] = await Promise.all([mailSink(), publicAddress(), publicAddress()]);
    const listen = { port: 0 };
    const settings = {
      identity: {
        server_name: "id.example.org",
        public_base_url: identityAddress.url,
        listen,
        v1: { bind_any_mxid: true },
        homeservers: [{ name: "elsewhere.example", base_url: elsewhere.url }],
      },
      homeserver: { server_name: "example.org", public_base_url: homeserverAddress.url, listen },
      mail: { transport: "smtp", host: "127.0.0.1", port: mail.port, tls: "none", timeout_ms: 10_000 },
      // Everybody else is looked up nowhere.
      network: { dns_servers: ["127.0.0.1:1"], timeout_ms: 2000 },
      sms: { transport: "gateway", url: `http://127.0.0.1:${closedPort}/` },
      log: { level: "silent" },
    };
    // JSON is YAML.
    writeFileSync(join(folder.path, "threepid.yaml"), JSON.stringify(settings));
  });

  afterEach(async () => {
    await kill();
    await Promise.all([elsewhere.close(), mail.close(), identityAddress.close(), homeserverAddress.close()]);
    folder.remove();
  });

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    running = folder.run(["serve", "--config", "threepid.yaml"], environment);
    const printed = await running.printed(/homeserver +http\S+\n/);
    identityAddress.leadTo(/identity server +(\S+)/.exec(printed)?.[1] ?? "");
    homeserverAddress.leadTo(/homeserver +(\S+)/.exec(printed)?.[1] ?? "");
  };

  const kill = async (): Promise<void> => {
    running?.child.kill("SIGKILL");
    await running?.finished;
    running = undefined;
  };

  const restart = async (): Promise<void> => {
    await kill();
    await start();
  };

  const identity = () => createIdentityClient({ baseUrl: identityAddress.url, retries: 0 });
  const homeserver = () => createClientServerClient({ baseUrl: homeserverAddress.url, retries: 0 });

  it("mails every invite that it took, once, as soon as it runs and the mail server is back", async () => {
    const addresses = ["first", "second", "third"].map((name) => `${name}@example.org`);
    await start({ THREEPID_MAIL__PORT: `${closedPort}` });
    const invite = { medium: "email", room_id: "!room:example.org", sender: "@host:example.org" };
    await Promise.all(addresses.map((address) => identity().orThrow.storeInvite({ body: { ...invite, address } })));
    await restart();
    for (const address of addresses) {
      expect((await mail.newest(address, patienceMs)).message.text).toContain("@host:example.org");
    }
    expect(addresses.map(mail.count)).toEqual([1, 1, 1]);
  });

  it("goes on after each answer of a validation as if nothing had happened, up to the association", async () => {
    const address = "alice@example.org";
    const mxid = "@alice:example.org";
    const client_secret = newSecret();
    await start();
    const request = { email: address, client_secret, send_attempt: 1 };
    const { sid } = await identity().orThrow.emailRequestToken({ body: request });
    await restart();
    expect(await identity().orThrow.emailRequestToken({ body: request })).toEqual({ sid });
    expect(mail.count(address)).toBe(1);
    expect((await openLink({ mail }, address)).status).toBe(200);
    await restart();
    const bound = await identity().orThrow.bind({ body: { sid, client_secret, mxid } });
    await restart();
    const found = await identity().orThrow.lookupUser({ query: { medium: "email", address } });
    expect(found).toEqual(bound);
  });

  it.each(["hangs", "is down"] as const)(
    "tells the homeserver of a binding, with its invites, although that %s when it is killed",
    async (how) => {
      const address = "guest@example.org";
      const mxid = "@guest:elsewhere.example";
      await start();
      const invite = { medium: "email", address, room_id: "!room:example.org", sender: "@host:example.org" };
      const { token } = await identity().orThrow.storeInvite({ body: invite });
      await mail.newest(address);
      const client_secret = newSecret();
      const request = { email: address, client_secret, send_attempt: 1 };
      const { sid } = await identity().orThrow.emailRequestToken({ body: request });
      expect((await openLink({ mail }, address)).status).toBe(200);
      elsewhere.behave(how);
      const bound = await identity().orThrow.bind({ body: { sid, client_secret, mxid } });
      if (how === "hangs") await elsewhere.asked(1, patienceMs);
      await kill();
      expect(elsewhere.taken).toEqual([]);
      elsewhere.behave("answers");
      await Promise.all([elsewhere.asked(elsewhere.requests + 1, patienceMs), start()]);
      expect(elsewhere.taken).toMatchObject([{ address, mxid, ts: bound.ts, invites: [{ signed: { mxid, token } }] }]);
      // Nothing is left to be told.
      await restart();
      await identity().orThrow.pingV2();
      expect(elsewhere.taken).toHaveLength(1);
    },
  );

  it("goes on with a registration, and keeps the account that it made and its session", async () => {
    await start();
    const account = { username: "alice", password };
    const session = offered(await homeserver().register({ body: account }));
    await restart();
    const auth = { type: "m.login.dummy", session };
    const { access_token: accessToken = "" } = await homeserver().orThrow.register({ body: { ...account, auth } });
    await restart();
    expect(await homeserver().orThrow.getTokenOwner({}, { accessToken })).toEqual({ user_id: "@alice:example.org" });
  });
});

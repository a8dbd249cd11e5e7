/**
 * The most used client library, as published and with its own `fetch`, against both servers: it asks over HTTP on
 * loopback, and they ask each other by their names, over TLS, in a network of the test's.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AuthDict,
  AuthType,
  AutoDiscovery,
  createClient,
  InteractiveAuth,
  type MatrixClient,
  MatrixError,
  SERVICE_TYPES,
} from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { administrateAssociations } from "../../runtime/compose.js";
import "../support/promise-with-resolvers.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { openLink, password, phone, textedCode } from "./journeys.js";
import { homeserverName, type Servers, startServers } from "./servers.js";

const terms_file = fileURLToPath(new URL("../fixtures/terms.yaml", import.meta.url));
/** Of all its documents, in English. */
const termsUrls = ["terms-2.0-en", "privacy-1.2-en"].map((name) => `https://id.example.org/legal/${name}`);

let network: TestNetwork;
let servers: Servers;
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({ network, apart: true, options: { identity: { terms_file } } });
});
afterAll(async () => {
  await servers?.close();
  await network?.close();
});

const silent = (): void => undefined;
const quiet = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, getChild: () => quiet };

type Session = Readonly<Record<"accessToken" | "userId" | "deviceId", string>>;

const sdk = (session: Partial<Session> = {}): MatrixClient =>
  createClient({ baseUrl: servers.homeserverUrl, idBaseUrl: servers.identityUrl, logger: quiet, ...session });

/** How the homeserver is told which identity server is meant: what the library makes of its URL. */
const idServer = (): string => sdk().getIdentityServerUrl(true) ?? "";

/** Goes through the stages of an operation by the library's own helper; `stage` is called for each in turn. */
const authenticated = <Answer>(
  matrixClient: MatrixClient,
  doRequest: (auth: AuthDict | null) => Promise<Answer>,
  stage: (name: string, auth: InteractiveAuth<Answer>) => void,
  more: { inputs?: { emailAddress: string }; requestEmailToken?: (secret: string) => Promise<{ sid: string }> } = {},
): { readonly done: Promise<Answer>; readonly auth: InteractiveAuth<Answer> } => {
  const { inputs = {}, requestEmailToken = () => Promise.reject(new Error("no mail was expected")) } = more;
  const auth: InteractiveAuth<Answer> = new InteractiveAuth({
    matrixClient,
    inputs,
    doRequest,
    requestEmailToken: (_email, secret) => requestEmailToken(secret),
    stateUpdated: (name) => stage(name, auth),
  });
  return { done: auth.attemptAuth(), auth };
};

const byPassword = (userId: string) => ({
  type: AuthType.Password,
  identifier: { type: "m.id.user", user: userId },
  password,
});

/** The password, and nothing else, as a client asks its user for it. */
const asOwner = <Answer>(client: MatrixClient, request: (auth: AuthDict | null) => Promise<Answer>): Promise<Answer> =>
  authenticated(client, request, (name, auth) => {
    expect(name).toBe(AuthType.Password);
    void auth.submitAuthDict(byPassword(client.getUserId() ?? ""));
  }).done;

/** Registers without an address. */
const registered = async (username: string): Promise<MatrixClient> => {
  const guest = sdk();
  const request = (auth: AuthDict | null) =>
    guest.registerRequest({ username, password, ...(auth === null ? {} : { auth }) });
  const answer = await authenticated(guest, request, (name) => {
    throw new Error(`${name} was not expected`);
  }).done;
  const { access_token: accessToken = "", device_id: deviceId = "", user_id: userId } = answer;
  return sdk({ accessToken, deviceId, userId });
};

/** A confirmed session is put on the account of a client, by its owner. */
const addOnly = (client: MatrixClient, session: { readonly sid: string; readonly client_secret: string }) =>
  asOwner(client, (auth) =>
    // The library's own types disagree: what its helper hands over need not have the `type` that this call wants.
    client.addThreePidOnly({ ...session, ...(auth === null ? {} : { auth: auth as { type: string } }) }),
  );

/** A mail address is put on the account of a client. */
const addEmail = async (client: MatrixClient, address: string): Promise<void> => {
  const client_secret = client.generateClientSecret();
  const { sid } = await client.requestAdd3pidEmailToken(address, client_secret, 1);
  await openLink(servers, address);
  await addOnly(client, { sid, client_secret });
};

/** What an error of a server says. */
const refusalOf = async (answer: Promise<unknown>) => {
  const error: unknown = await answer.then(
    () => new Error("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof MatrixError)) throw error;
  return { status: error.httpStatus, errcode: error.errcode };
};

/** A user's account on the identity server, with its terms accepted. */
const identityToken = async (client: MatrixClient): Promise<string> => {
  const { token, access_token } = await client.registerWithIdentityServer(await client.getOpenIdToken());
  expect(access_token).toBe(token);
  await client.agreeToTerms(SERVICE_TYPES.IS, servers.identityUrl, token, termsUrls);
  return token;
};

const bindEmail = async (client: MatrixClient, id_access_token: string, address: string): Promise<void> => {
  const client_secret = client.generateClientSecret();
  const { sid } = await client.requestEmailToken(address, client_secret, 1, undefined, id_access_token);
  await openLink(servers, address);
  await client.bindThreePid({ sid, client_secret, id_server: idServer(), id_access_token });
};

const number = (ending: string) => {
  const owned = phone(ending);
  if (owned.medium !== "msisdn") throw new Error("a number was expected");
  return owned;
};

const bindNumber = async (client: MatrixClient, id_access_token: string, owned: ReturnType<typeof number>) => {
  const client_secret = client.generateClientSecret();
  const { country, phone_number, address } = owned;
  const asked = await client.requestMsisdnToken(country, phone_number, client_secret, 1, undefined, id_access_token);
  const code = textedCode(servers, address);
  const taken = await client.submitMsisdnToken(asked.sid, client_secret, code, id_access_token);
  expect(taken).toEqual({ success: true });
  await client.bindThreePid({ sid: asked.sid, client_secret, id_server: idServer(), id_access_token });
};

it("is the library as it was published", () => {
  const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
  expect(packages["node_modules/matrix-js-sdk"]).toMatchObject({
    version: "43.0.0",
    integrity: expect.stringMatching(/^sha512-/),
  });
});

describe("discovery", () => {
  it("finds both servers good", async () => {
    const found = await AutoDiscovery.fromDiscoveryConfig({
      "m.homeserver": { base_url: servers.homeserverUrl },
      "m.identity_server": { base_url: servers.identityUrl },
    });
    expect(found).toMatchObject({
      "m.homeserver": { state: AutoDiscovery.SUCCESS },
      "m.identity_server": { state: AutoDiscovery.SUCCESS },
    });
    const { unstable_features } = await sdk().getVersions();
    expect(unstable_features).toMatchObject({
      "m.require_identity_server": false,
      "m.id_access_token": true,
      "m.separate_add_and_bind": true,
    });
  });
});

describe("an account", () => {
  it("is made with a mail address, whose link the person opens meanwhile", async () => {
    const guest = sdk();
    const emailAddress = "Ada@example.org";
    expect(await guest.isUsernameAvailable("ada")).toBe(true);
    const request = (auth: AuthDict | null) =>
      guest.registerRequest({ username: "ada", password, refresh_token: true, ...(auth === null ? {} : { auth }) });
    let told: (name: string) => void = silent;
    const waiting = new Promise<string>((resolve) => {
      told = resolve;
    });
    const requestEmailToken = (secret: string) => guest.requestRegisterEmailToken(emailAddress, secret, 1);
    const { done, auth } = authenticated(guest, request, told, { inputs: { emailAddress }, requestEmailToken });
    expect(await waiting).toBe(AuthType.Email);
    await servers.mail.newest(emailAddress);
    await auth.poll();
    expect((await openLink(servers, emailAddress)).status).toBe(200);
    await auth.poll();

    const { access_token: accessToken = "", device_id: deviceId, user_id: userId, ...more } = await done;
    expect(userId).toBe(`@ada:${homeserverName}`);
    expect(more).toMatchObject({ refresh_token: expect.any(String), expires_in_ms: expect.any(Number) });
    const client = sdk({ accessToken });
    expect(await client.whoami()).toEqual({ user_id: userId, device_id: deviceId, is_guest: false });
    const threepids = [{ medium: "email", address: "ada@example.org" }];
    expect(await client.getThreePids()).toMatchObject({ threepids });
    expect(await guest.isUsernameAvailable("ada")).toBe(false);
  });

  it("is entered by its mail address or its name, kept open by refreshing, and left", async () => {
    const owner = await registered("bob");
    await addEmail(owner, "bob@example.org");
    expect(await sdk().loginFlows()).toMatchObject({
      flows: expect.arrayContaining([expect.objectContaining({ type: AuthType.Password })]),
    });
    const identifier = { type: "m.id.thirdparty", medium: "email", address: "bob@example.org" };
    const client = sdk();
    const entered = await client.login(AuthType.Password, { identifier, password, refresh_token: true });
    expect(entered.user_id).toBe(owner.getUserId());
    expect(await client.whoami()).toMatchObject({ user_id: owner.getUserId(), device_id: entered.device_id });

    const refreshed = await client.refreshToken(entered.refresh_token ?? "");
    expect(refreshed.access_token).not.toBe(entered.access_token);
    const later = sdk({ accessToken: refreshed.access_token });
    expect(await later.whoami()).toMatchObject({ device_id: entered.device_id });
    expect(await later.logout()).toEqual({});
    expect(await refusalOf(later.whoami())).toEqual({ status: 401, errcode: "M_UNKNOWN_TOKEN" });

    expect(await sdk().loginWithPassword("bob", password)).toMatchObject({ user_id: owner.getUserId() });
    expect(await refusalOf(sdk().loginWithPassword("bob", "wrong"))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
    const nobody = { type: "m.id.thirdparty", medium: "email", address: "nobody@example.org" };
    const login = sdk().login(AuthType.Password, { identifier: nobody, password });
    expect(await refusalOf(login)).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
    expect(await owner.getCapabilities()).toMatchObject({ "m.3pid_changes": { enabled: true } });
  });

  it("gets a new password by its mail address, in one request, as clients without a session send it", async () => {
    const owner = await registered("carol");
    await addEmail(owner, "carol@example.org");
    const client = sdk();
    const client_secret = client.generateClientSecret();
    const { sid } = await client.requestPasswordEmailToken("carol@example.org", client_secret, 1);
    const threepid_creds = { sid, client_secret };
    // Both spellings at once, for servers of all ages.
    const auth = { type: AuthType.Email, threepid_creds, threepidCreds: threepid_creds };
    expect(await refusalOf(client.setPassword(auth, "a new password", true))).toMatchObject({ status: 401 });
    await openLink(servers, "carol@example.org");
    expect(await client.setPassword(auth, "a new password", true)).toEqual({});
    expect(await refusalOf(owner.whoami())).toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
    expect(await refusalOf(sdk().loginWithPassword("carol", password))).toMatchObject({ errcode: "M_FORBIDDEN" });
    expect(await sdk().loginWithPassword("carol", "a new password")).toMatchObject({ user_id: owner.getUserId() });
  });

  it("gets a mail address and a phone number, and gives them back", async () => {
    const client = await registered("dan");
    const owned = number("51");
    await addEmail(client, "dan@example.org");
    const client_secret = client.generateClientSecret();
    const asked = await client.requestAdd3pidMsisdnToken(owned.country, owned.phone_number, client_secret, 1);
    const { sid, submit_url = "" } = asked;
    const code = textedCode(servers, owned.address);
    expect(await client.submitMsisdnTokenOtherUrl(submit_url, sid, client_secret, code)).toEqual({ success: true });
    await addOnly(client, { sid, client_secret });
    const listed = (await client.getThreePids()).threepids.map(({ medium, address }) => `${medium} ${address}`);
    expect(listed.toSorted()).toEqual(["email dan@example.org", `msisdn ${owned.address}`]);

    // Nobody else's, and nobody is told whose.
    const other = await registered("dana");
    const secret = other.generateClientSecret();
    expect(await refusalOf(other.requestAdd3pidEmailToken("dan@example.org", secret, 1))).toEqual({
      status: 400,
      errcode: "M_THREEPID_IN_USE",
    });

    const result = { id_server_unbind_result: expect.stringMatching(/^(success|no-support)$/) };
    expect(await client.deleteThreePid("email", "dan@example.org")).toEqual(result);
    expect(await client.deleteThreePid("msisdn", owned.address)).toEqual(result);
    expect(await client.getThreePids()).toEqual({ threepids: [] });
  });
});

describe("the identity server", () => {
  it("knows a user by their homeserver's word, once its terms are accepted, and forgets none of it", async () => {
    const client = await registered("erin");
    const openid = await client.getOpenIdToken();
    expect(openid).toMatchObject({ token_type: "Bearer", matrix_server_name: homeserverName });
    const { token } = await client.registerWithIdentityServer(openid);
    expect(await refusalOf(client.getIdentityAccount(token))).toEqual({ status: 403, errcode: "M_TERMS_NOT_SIGNED" });
    const { policies } = await client.getTerms(SERVICE_TYPES.IS, servers.identityUrl);
    for (const url of termsUrls) expect(JSON.stringify(policies)).toContain(url);
    await client.agreeToTerms(SERVICE_TYPES.IS, servers.identityUrl, token, termsUrls);
    expect(await client.getIdentityAccount(token)).toEqual({ user_id: client.getUserId() });
    // The homeserver was found by its name alone.
    expect(network.dns.questions).toContain(`SRV _matrix-fed._tcp.matrix.${homeserverName}`);
    // The proof is for one purpose: it opens nothing on the homeserver.
    expect(await refusalOf(sdk({ accessToken: openid.access_token }).whoami())).toEqual({
      status: 401,
      errcode: "M_UNKNOWN_TOKEN",
    });
  });

  it("binds a mail address and a number, which everybody finds among 500 until they are unbound", async () => {
    const client = await registered("frank");
    const token = await identityToken(client);
    const owned = number("52");
    await bindEmail(client, token, "frank@example.org");
    await bindNumber(client, token, owned);
    // The homeserver asked the identity server where its operator says that it is, over TLS.
    expect(network.dns.questions).toContain("A id.example.org");

    const associations = administrateAssociations(servers.configuration);
    for (let n = 0; n < 98; n++) await associations.add(`friend.${n}@example.org`, `@friend.${n}:elsewhere.example`);
    associations.close();
    const book = Array.from({ length: 498 }, (_, n): [string, string] => [`Friend.${n}@example.org`, "email"]);
    const mine: [string, string][] = [
      ["Frank@example.org", "email"],
      [owned.address, "msisdn"],
    ];
    const asker = await registered("fay");
    const askers = await identityToken(asker);
    const found = await asker.identityHashedLookup([...book, ...mine], askers);
    expect(new Map(found.map(({ address, mxid }) => [address, mxid]))).toEqual(
      new Map([
        ...book.slice(0, 98).map(([address], n): [string, string] => [address, `@friend.${n}:elsewhere.example`]),
        ...mine.map(([address]): [string, string] => [address, client.getUserId() ?? ""]),
      ]),
    );

    const finds = async (medium: string, address: string) =>
      "mxid" in (await asker.lookupThreePid(medium, address, askers));
    // As it says where, and as the homeserver remembers it.
    expect(await client.unbindThreePid("email", "frank@example.org")).toEqual({ id_server_unbind_result: "success" });
    expect([await finds("email", "frank@example.org"), await finds("msisdn", owned.address)]).toEqual([false, true]);
    expect(await client.deleteThreePid("msisdn", owned.address)).toEqual({ id_server_unbind_result: "success" });
    expect(await finds("msisdn", owned.address)).toBe(false);
  });

  it("binds for nobody who has not accepted its terms, and the homeserver passes that on", async () => {
    const client = await registered("grace");
    const { token } = await client.registerWithIdentityServer(await client.getOpenIdToken());
    const client_secret = client.generateClientSecret();
    const unsigned = { status: 403, errcode: "M_TERMS_NOT_SIGNED" };
    const asked = client.requestEmailToken("grace@example.org", client_secret, 1, undefined, token);
    expect(await refusalOf(asked)).toEqual(unsigned);
    const bound = client.bindThreePid({ sid: "1", client_secret, id_server: idServer(), id_access_token: token });
    expect(await refusalOf(bound)).toEqual(unsigned);
  });

  it("finds nobody any more by the addresses of an account that is closed", async () => {
    const client = await registered("heidi");
    const token = await identityToken(client);
    await addEmail(client, "heidi@example.org");
    await bindEmail(client, token, "heidi@example.org");
    const asker = await registered("ivan");
    const askers = await identityToken(asker);
    expect(await asker.lookupThreePid("email", "heidi@example.org", askers)).toMatchObject({
      mxid: client.getUserId(),
    });

    const closed = await asOwner(client, (auth) => client.deactivateAccount(auth ?? undefined, true));
    expect(closed).toEqual({ id_server_unbind_result: "success" });
    expect(await asker.lookupThreePid("email", "heidi@example.org", askers)).toEqual({});
    expect(await refusalOf(client.whoami())).toMatchObject({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
    expect(await refusalOf(sdk().loginWithPassword("heidi", password))).toMatchObject({ status: 403 });
    expect(await asker.isUsernameAvailable("heidi")).toBe(false);
  });
});

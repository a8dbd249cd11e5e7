import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  email,
  listed,
  lookUp,
  mailedCode,
  newSecret,
  offered,
  openLink,
  password,
  phone,
  prove,
  register,
  requestToken,
  submitTo,
  textedCode,
} from "./journeys.js";
import { homeserverName, idServer, type Servers, startServers } from "./servers.js";

const stage = "m.login.email.identity";

describe("registration with an address that the homeserver validates (J1)", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.close());

  it("goes on as soon as the mailed link is open", async () => {
    const { homeserver, homeserverUrl } = servers;
    const alice = email("Alice@example.org");
    const account = { username: "alice", password, bind_email: true };
    const session = offered(await homeserver.register({ body: account }));
    const asked = await requestToken(servers, "register", alice, "self");
    expect(asked.submit_url).toBeUndefined();
    const threepid_creds = { sid: asked.sid, client_secret: asked.client_secret };

    const early = await homeserver.register({ body: { ...account, auth: { type: stage, session, threepid_creds } } });
    expect(early).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED", completed: [] } });

    const page = await openLink(servers, alice.address);
    expect(page.url.startsWith(`${homeserverUrl}/_threepid/client/r0/validate/email/submitToken?`)).toBe(true);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Your email address is confirmed");

    // The client may ask again with the session alone: what it tried is remembered.
    const registered = await homeserver.orThrow.register({ body: { ...account, auth: { session } } });
    expect(registered).toMatchObject({ user_id: `@alice:${homeserverName}`, home_server: homeserverName });
    const { access_token: accessToken = "" } = registered;
    expect(await homeserver.orThrow.getTokenOwner({}, { accessToken })).toMatchObject({ user_id: registered.user_id });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: "alice@example.org" }]);
    // Nobody but the homeserver validated it, so there was nothing to bind it with.
    expect(await lookUp(servers, alice)).toBeUndefined();
  });

  it("says that an address is taken", async () => {
    const { homeserver } = servers;
    const body = { email: "ALICE@example.org", client_secret: newSecret(), send_attempt: 1 };
    expect(await homeserver.requestTokenToRegisterEmail({ body })).toMatchObject({
      status: 400,
      body: { errcode: "M_THREEPID_IN_USE" },
    });
  });

  it("takes a phone number by the code of a text message", async () => {
    const { homeserver } = servers;
    const number = phone("01");
    const account = { username: "phoebe", password };
    const session = offered(await homeserver.register({ body: account }));
    const threepid_creds = await prove(servers, "register", number, "self");
    const auth = { type: "m.login.msisdn", session, threepid_creds };
    const { access_token: accessToken = "" } = await homeserver.orThrow.register({ body: { ...account, auth } });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "msisdn", address: number.address }]);
  });
});

describe("registration where the mail holds a code (J10)", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ method: "code", conceal: true });
  });
  afterAll(() => servers.close());

  it("takes the code at submit_url, without credentials, and no other code", async () => {
    const { homeserver } = servers;
    const bob = email("bob@example.org");
    const account = { username: "bob", password };
    const session = offered(await homeserver.register({ body: account }));
    const { submit_url = "", ...asked } = await requestToken(servers, "register", bob, "self");
    const code = await mailedCode(servers, bob.address);

    const wrong = code === "000000" ? "000001" : "000000";
    expect(await submitTo(submit_url, asked, wrong)).toMatchObject({
      status: 400,
      body: { success: false, errcode: "M_TOKEN_INCORRECT" },
    });
    expect(await submitTo(submit_url, { ...asked, client_secret: "another" }, code)).toMatchObject({
      status: 400,
      body: { success: false, errcode: "M_INVALID_PARAM" },
    });
    expect(await submitTo(submit_url, asked, code)).toEqual({ status: 200, body: { success: true } });

    const threepid_creds = { sid: asked.sid, client_secret: asked.client_secret };
    const auth = { type: stage, session, threepid_creds };
    const { access_token: accessToken = "" } = await homeserver.orThrow.register({ body: { ...account, auth } });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: bob.address }]);
  });

  it("tells the owner by mail, and nobody else, that an address is taken", async () => {
    const bob = email("bob@example.org");
    const asked = await requestToken(servers, "register", bob, "self");
    const { message } = await servers.mail.newest(bob.address);
    expect(message.text).toContain("already belongs to an account");
    expect(message.text).not.toMatch(/\d{6}|https?:/);
    expect(await submitTo(asked.submit_url ?? "", asked, "000000")).toMatchObject({ status: 400 });
  });

  it("answers the generated client at the same place", async () => {
    const { homeserver, homeserverUrl } = servers;
    const carol = email("carol@example.org");
    const { sid, client_secret, submit_url } = await requestToken(servers, "register", carol, "self");
    expect(submit_url).toBe(`${homeserverUrl}/_threepid/client/r0/validate/email/submitToken`);
    const token = await mailedCode(servers, carol.address);
    expect(await homeserver.orThrow.submitUrlEmailPost({ body: { sid, client_secret, token } })).toEqual({
      success: true,
    });
  });
});

describe("registration with an address that an identity server validates (J1-old)", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: "proxy" });
  });
  afterAll(() => servers.close());

  const registerWith = async (username: string, bind: boolean) => {
    const { homeserver } = servers;
    const owned = email(`${username}@example.org`);
    const account = { username, password, bind_email: bind };
    const session = offered(await homeserver.register({ body: account }));
    const { sid, client_secret } = await requestToken(servers, "register", owned, "proxy");
    // The array and its name are those of the protocol's early clients.
    const auth = { type: stage, session, threepidCreds: [{ sid, client_secret, id_server: idServer }] };
    const early = await homeserver.register({ body: { ...account, auth } });
    expect(early).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });

    const page = await openLink(servers, owned.address);
    expect(page.url.startsWith(`${servers.identityUrl}/_matrix/identity/`)).toBe(true);
    expect(page.status).toBe(200);

    const { user_id: mxid, access_token: accessToken = "" } = await homeserver.orThrow.register({
      body: { ...account, auth },
    });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: owned.address }]);
    return { mxid, found: await lookUp(servers, owned) };
  };

  it("binds the address where it was validated, if asked to", async () => {
    const { mxid, found } = await registerWith("dora", true);
    expect(found).toBe(mxid);
  });

  it("does not bind it unless asked to", async () => {
    expect((await registerWith("erik", false)).found).toBeUndefined();
  });

  it("takes the code for a phone number at submit_url, and binds the number if asked to", async () => {
    const { homeserver, homeserverUrl, identity } = servers;
    const number = phone("02");
    const account = { username: "fritz", password, bind_msisdn: true };
    const session = offered(await homeserver.register({ body: account }));
    const { submit_url = "", ...asked } = await requestToken(servers, "register", number, "proxy");
    expect(submit_url.startsWith(`${homeserverUrl}/`)).toBe(true);
    const code = textedCode(servers, number.address);
    const wrong = code === "000000" ? "000001" : "000000";
    expect(await submitTo(submit_url, asked, wrong)).toMatchObject({ status: 400, body: { success: false } });
    expect(await submitTo(submit_url, asked, code)).toEqual({ status: 200, body: { success: true } });
    const { sid, client_secret } = asked;
    // The session is the identity server's own: the homeserver passed the code on.
    expect(await identity.orThrow.getValidated3pid({ query: { sid, client_secret } })).toMatchObject({
      address: number.address,
    });
    const auth = { type: "m.login.msisdn", session, threepid_creds: { sid, client_secret, id_server: idServer } };
    const { user_id } = await homeserver.orThrow.register({ body: { ...account, auth } });
    expect(await lookUp(servers, number)).toBe(user_id);
  });

  it("trusts no identity server that its operator does not", async () => {
    const body = {
      email: "frida@example.org",
      client_secret: newSecret(),
      send_attempt: 1,
      id_server: new URL(servers.identityUrl).host,
    };
    expect(await servers.homeserver.requestTokenToRegisterEmail({ body })).toMatchObject({
      status: 400,
      body: { errcode: "M_SERVER_NOT_TRUSTED" },
    });
    expect(servers.mail.count(body.email)).toBe(0);
  });

  it("accepts no session of an identity server that its operator does not trust", async () => {
    const { homeserver, identity } = servers;
    const address = "gustav@example.org";
    const client_secret = newSecret();
    const { sid } = await identity.orThrow.emailRequestToken({ body: { email: address, client_secret } });
    expect((await openLink(servers, address)).status).toBe(200);
    const { accessToken } = await register(servers, "gustav");
    const three_pid_creds = { sid, client_secret, id_server: new URL(servers.identityUrl).host };
    expect(await homeserver.post3PIDs({ body: { three_pid_creds } }, { accessToken })).toMatchObject({
      status: 400,
      body: { errcode: "M_SERVER_NOT_TRUSTED" },
    });
    expect(await listed(servers, accessToken)).toEqual([]);
  });
});

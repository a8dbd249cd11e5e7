import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  add,
  email,
  newSecret,
  type Owned,
  offered,
  openLink,
  password,
  phone,
  prove,
  register,
  requestToken,
  type Way,
} from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

const new_password = "staple battery horse";

/** A second device of the account. */
const logInElsewhere = async ({ homeserver }: Servers, user: string): Promise<string> => {
  const identifier = { type: "m.id.user", user };
  return (await homeserver.orThrow.login({ body: { type: "m.login.password", identifier, password } })).access_token;
};

/** Who an access token stands for; undefined when it does not count. */
const owner = async ({ homeserver }: Servers, accessToken: string): Promise<string | undefined> => {
  const answer = await homeserver.getTokenOwner({}, { accessToken });
  if (answer.status === 200) return answer.body.user_id;
  expect(answer).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } });
  return undefined;
};

/** Whether a password proves an account, shown by closing it: the account is gone when it does. */
const closesWith = async ({ homeserver }: Servers, mxid: string, given: string): Promise<boolean> => {
  const session = offered(await homeserver.deactivateAccount());
  const identifier = { type: "m.id.user", user: mxid };
  const auth = { type: "m.login.password", session, identifier, password: given };
  const answer = await homeserver.deactivateAccount({ body: { auth } });
  if (answer.status !== 200) expect(answer).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN" } });
  return answer.status === 200;
};

describe.each(["self", "proxy"] as const)("a forgotten password (J2), address validated by: %s", (way: Way) => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: way });
  });
  afterAll(() => servers.close());

  const rows: readonly (readonly [string, string, Owned])[] = [
    ["email", "m.login.email.identity", email("alice@example.org")],
    ["msisdn", "m.login.msisdn", phone("11")],
  ];

  it.each(rows)("is reset by %s with nobody logged in, and every session ends", async (medium, type, owned) => {
    const { homeserver } = servers;
    const { mxid, accessToken } = await register(servers, `forgetful.${medium}`);
    await add(servers, accessToken, owned, way);
    const elsewhere = await logInElsewhere(servers, mxid);
    expect(await owner(servers, elsewhere)).toBe(mxid);

    const threepid_creds = await prove(servers, "password", owned, way);
    const challenge = await homeserver.changePassword({ body: { new_password } });
    expect(challenge.body).toMatchObject({
      flows: [{ stages: ["m.login.email.identity"] }, { stages: ["m.login.msisdn"] }],
    });
    const auth = { type, session: offered(challenge), threepid_creds };
    expect(await homeserver.changePassword({ body: { new_password, auth } })).toMatchObject({ status: 200, body: {} });

    expect(await owner(servers, accessToken)).toBeUndefined();
    expect(await owner(servers, elsewhere)).toBeUndefined();
    // What authorised one change authorises no other.
    const again = {
      ...auth,
      session: offered(await homeserver.changePassword({ body: { new_password: "another one" } })),
    };
    expect(await homeserver.changePassword({ body: { new_password: "another one", auth: again } })).toMatchObject({
      status: 401,
    });
    expect(await closesWith(servers, mxid, password)).toBe(false);
    expect(await closesWith(servers, mxid, "another one")).toBe(false);
    expect(await closesWith(servers, mxid, new_password)).toBe(true);
  });

  it.each(rows)("is reset by %s from a session that goes on", async (medium, type, owned) => {
    const { homeserver } = servers;
    const { mxid, accessToken } = await register(servers, `logged.in.${medium}`);
    await add(servers, accessToken, owned, way);
    const elsewhere = await logInElsewhere(servers, mxid);

    const threepid_creds = await prove(servers, "password", owned, way);
    const session = offered(await homeserver.changePassword({ body: { new_password } }, { accessToken }));
    const auth = { type, session, threepid_creds };
    await homeserver.orThrow.changePassword({ body: { new_password, auth } }, { accessToken });

    expect(await owner(servers, accessToken)).toBe(mxid);
    expect(await owner(servers, elsewhere)).toBeUndefined();
    expect(await closesWith(servers, mxid, password)).toBe(false);
    expect(await closesWith(servers, mxid, new_password)).toBe(true);
  });

  it("cannot be reset by an address that nobody has", async () => {
    const named = way === "proxy" ? { id_server: idServer } : {};
    const body = { email: "nobody@example.org", client_secret: newSecret(), send_attempt: 1, ...named };
    expect(await servers.homeserver.requestTokenToResetPasswordEmail({ body })).toMatchObject({
      status: 400,
      body: { errcode: "M_THREEPID_NOT_FOUND" },
    });
    expect(servers.mail.count(body.email)).toBe(0);
  });
});

describe("a forgotten password, of a homeserver that knows what its sessions are for", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.close());

  it("is not reset by a session that was confirmed for something else", async () => {
    const { homeserver } = servers;
    const owned = email("mallory@example.org");
    const { accessToken } = await register(servers, "mallory");
    const threepid_creds = await prove(servers, "add", owned, "self");
    await homeserver.orThrow.post3PIDs({ body: { three_pid_creds: threepid_creds } }, { accessToken });
    const session = offered(await homeserver.changePassword({ body: { new_password } }));
    const auth = { type: "m.login.email.identity", session, threepid_creds };
    expect(await homeserver.changePassword({ body: { new_password, auth } })).toMatchObject({
      status: 401,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
  });
});

describe("a forgotten password, of a homeserver that lets no identity server reset it", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: "proxy", mayReset: false });
  });
  afterAll(() => servers.close());

  it("is not reset by a session of that identity server, although it is trusted with new addresses", async () => {
    const { homeserver, identity } = servers;
    const owned = email("olga@example.org");
    const { mxid, accessToken } = await register(servers, "olga");
    await add(servers, accessToken, owned, "proxy");
    await expect(requestToken(servers, "password", owned, "proxy")).rejects.toMatchObject({
      status: 400,
      body: { errcode: "M_SERVER_NOT_TRUSTED" },
    });

    // A session that the identity server made for somebody who asked it directly.
    const client_secret = newSecret();
    const { sid } = await identity.orThrow.emailRequestToken({ body: { email: owned.address, client_secret } });
    expect((await openLink(servers, owned.address)).status).toBe(200);
    const session = offered(await homeserver.changePassword({ body: { new_password } }));
    const threepid_creds = { sid, client_secret, id_server: idServer };
    const auth = { type: "m.login.email.identity", session, threepid_creds };
    expect(await homeserver.changePassword({ body: { new_password, auth } })).toMatchObject({
      status: 401,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    expect(await closesWith(servers, mxid, new_password)).toBe(false);
    expect(await closesWith(servers, mxid, password)).toBe(true);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  email,
  listed,
  lookUp,
  newSecret,
  type Owned,
  offered,
  openLink,
  password,
  phone,
  register,
  type Session,
  submitTo,
  textedCode,
} from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

/** Has the homeserver see to it that an address is proved, for an account. */
const proveHere = async (servers: Servers, owned: Owned): Promise<Session> => {
  const { homeserverV3: homeserver } = servers;
  const request = { client_secret: newSecret(), send_attempt: 1 };
  if (owned.medium === "email") {
    const body = { ...request, email: owned.address };
    const { sid, submit_url } = await homeserver.orThrow.requestTokenTo3PIDEmail({ body });
    expect(submit_url).toBeUndefined();
    expect((await openLink(servers, owned.address)).status).toBe(200);
    return { sid, client_secret: request.client_secret };
  }
  const body = { ...request, country: owned.country, phone_number: owned.phone_number };
  const { sid, submit_url = "" } = await homeserver.orThrow.requestTokenTo3PIDMSISDN({ body });
  const session = { sid, client_secret: request.client_secret };
  expect(await submitTo(submit_url, session, textedCode(servers, owned.address))).toMatchObject({ status: 200 });
  return session;
};

/** Has the identity server see to it, with a token of its own. */
const proveThere = async (servers: Servers, owned: Owned, accessToken: string): Promise<Session> => {
  const { identity } = servers;
  const request = { client_secret: newSecret(), send_attempt: 1 };
  const session = ({ sid }: { readonly sid: string }) => ({ sid, client_secret: request.client_secret });
  if (owned.medium === "email") {
    const body = { ...request, email: owned.address };
    const asked = session(await identity.orThrow.emailRequestTokenV2({ body }, { accessToken }));
    expect((await openLink(servers, owned.address)).status).toBe(200);
    return asked;
  }
  const body = { ...request, country: owned.country, phone_number: owned.phone_number };
  const asked = session(await identity.orThrow.msisdnRequestTokenV2({ body }, { accessToken }));
  const token = textedCode(servers, owned.address);
  await identity.orThrow.msisdnSubmitTokenPostV2({ body: { ...asked, token } }, { accessToken });
  return asked;
};

const addProved = async ({ homeserverV3: homeserver }: Servers, accessToken: string, session: Session) => {
  const interactive = offered(await homeserver.add3PID({ body: session }, { accessToken }));
  const auth = { type: "m.login.password", session: interactive, password };
  await homeserver.orThrow.add3PID({ body: { ...session, auth } }, { accessToken });
};

const unbound = { id_server_unbind_result: "success" };

describe("threepids of an account, as clients keep them now", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.close());

  const rows: readonly (readonly [string, Owned])[] = [
    ["email", email("ottilie@example.org")],
    ["msisdn", phone("41")],
  ];

  it.each(rows)("%s: is added, bound, found, unbound and deleted, each by itself (J3, J4, J5)", async (_, owned) => {
    const { homeserverV3: homeserver } = servers;
    const { mxid, accessToken } = await register(servers, `ottilie.${owned.medium}`);
    const threepid = { medium: owned.medium, address: owned.address };

    await addProved(servers, accessToken, await proveHere(servers, owned));
    expect(await listed(servers, accessToken)).toEqual([threepid]);
    expect(await lookUp(servers, owned)).toBeUndefined();

    const id_access_token = await servers.identityToken(mxid);
    const session = await proveThere(servers, owned, id_access_token);
    const body = { ...session, id_server: idServer, id_access_token };
    await homeserver.orThrow.bind3PID({ body }, { accessToken });
    expect(await lookUp(servers, owned)).toBe(mxid);

    expect(await homeserver.orThrow.unbind3pidFromAccount({ body: threepid }, { accessToken })).toEqual(unbound);
    expect(await lookUp(servers, owned)).toBeUndefined();
    expect(await listed(servers, accessToken)).toEqual([threepid]);

    await homeserver.orThrow.bind3PID({ body }, { accessToken });
    expect(await lookUp(servers, owned)).toBe(mxid);
    expect(await homeserver.orThrow.delete3pidFromAccount({ body: threepid }, { accessToken })).toEqual(unbound);
    expect(await lookUp(servers, owned)).toBeUndefined();
    expect(await listed(servers, accessToken)).toEqual([]);
  });

  it("are bound in nobody else's name, by a token that is not the user's", async () => {
    const { homeserverV3: homeserver } = servers;
    const owned = email("paula@example.org");
    const { accessToken } = await register(servers, "paula");
    const id_access_token = await servers.identityToken("@other:example.org");
    const session = await proveThere(servers, owned, id_access_token);
    const body = { ...session, id_server: idServer, id_access_token };
    expect(await homeserver.bind3PID({ body }, { accessToken })).toMatchObject({
      status: 403,
      body: { errcode: "M_UNAUTHORIZED" },
    });
    expect(await lookUp(servers, owned)).toBeUndefined();
  });

  it("are unbound when the identity server is there again, though account and address are gone", async () => {
    const { homeserver, homeserverV3 } = servers;
    const [deleted, closed] = [email("quirin@example.org"), email("quentin@example.org")];
    const { mxid, accessToken } = await register(servers, "quirin");
    const id_access_token = await servers.identityToken(mxid);
    for (const owned of [deleted, closed]) {
      const session = await proveThere(servers, owned, id_access_token);
      await homeserverV3.orThrow.bind3PID(
        { body: { ...session, id_server: idServer, id_access_token } },
        { accessToken },
      );
    }
    servers.identityReachable(false);
    const noSupport = { id_server_unbind_result: "no-support" };
    const body = { medium: "email", address: deleted.address } as const;
    expect(await homeserverV3.orThrow.delete3pidFromAccount({ body }, { accessToken })).toEqual(noSupport);
    const auth = { type: "m.login.password", password };
    expect(await homeserver.orThrow.deactivateAccount({ body: { auth } }, { accessToken })).toEqual(noSupport);
    servers.identityReachable(true);
    const found = async () => [await lookUp(servers, deleted), await lookUp(servers, closed)];
    await expect.poll(found, { timeout: 30_000, interval: 250 }).toEqual([undefined, undefined]);
  });
});

describe("threepids of an account, validated by an identity server for clients that do not name it", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: "proxy" });
  });
  afterAll(() => servers.close());

  it("are added by the session alone: the homeserver knows where it is kept", async () => {
    const { homeserverV3: homeserver } = servers;
    const owned = email("rosa@example.org");
    const { accessToken } = await register(servers, "rosa");
    const client_secret = newSecret();
    const body = { email: owned.address, client_secret, send_attempt: 1, id_server: idServer };
    const { sid } = await homeserver.orThrow.requestTokenTo3PIDEmail({ body });
    expect((await openLink(servers, owned.address)).status).toBe(200);
    await addProved(servers, accessToken, { sid, client_secret });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: owned.address }]);
  });
});

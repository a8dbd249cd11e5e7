import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthData, ThreepidCreds } from "../../../generated/client-server/index.js";
import { tokenHash } from "../../../runtime/protocol/tokens.js";
import { mailedLink, validatedSession } from "../identity/identity-server.js";
import { password, registerUser, sessionOf } from "./homeserver.js";
import { bothServers, email, idServer, proxied, type Servers } from "./identity-server.js";

const day = 24 * 60 * 60 * 1000;

let servers: Servers;
beforeEach(async () => {
  servers = await bothServers({ threepids: proxied });
});
afterEach(() => servers.close());

describe("what an identity server says that it has validated", () => {
  const answered = async (validated_at: number) => {
    const { accessToken } = await registerUser(servers.server, "alice");
    servers.stand.in = () => Response.json({ medium: "email", address: "alice@example.org", validated_at });
    const creds = { sid: "1", client_secret: "secret", id_server: idServer };
    return servers.server.client.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
  };

  it.each([-day, day])("does not count when that was %i ms from now", async (distance) => {
    const answer = await answered(servers.server.clock.now() + distance);
    expect(answer).toMatchObject({ status: 403, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
  });

  it("counts for a day", async () => {
    expect(await answered(servers.server.clock.now() - day + 1)).toMatchObject({ status: 200 });
  });
});

describe("asking an identity server what it has validated", () => {
  const attempt = async (answer: Response, clientSecret = "secret") => {
    servers.stand.in = () => answer;
    const threepid_creds = { sid: "1", client_secret: clientSecret, id_server: idServer };
    const auth = { type: "m.login.email.identity", threepid_creds };
    return servers.server.client.changePassword({ body: { new_password: password, auth } });
  };
  const refusal = (errcode: string) => Response.json({ errcode, error: "no" }, { status: 404 });
  const proofs = () => servers.server.limiter.counted.filter((it) => /^(secret|proof)/.test(it));

  it("counts by client address, and what may be a guess by session", async () => {
    await attempt(refusal("M_SESSION_NOT_VALIDATED"));
    expect(proofs()).toEqual(["proof.ip "]);
    await attempt(refusal("M_NO_VALID_SESSION"), "guess");
    expect(proofs().slice(1)).toEqual(["proof.ip ", `secret.sid ${idServer} 1`]);
  });

  it.each(["proof.ip", "secret.sid"] as const)("ends with %s, and nobody is asked", async (scope) => {
    servers.server.limiter.refused.add(scope);
    expect(await attempt(refusal("M_NO_VALID_SESSION"))).toMatchObject({ status: 429 });
    expect(servers.asked).toEqual([]);
  });
});

describe("an interactive session with a session of an identity server", () => {
  it("goes on with what the client showed, which nobody finds in what is kept", async () => {
    const { client, storage } = servers.server;
    const register = (auth?: AuthData) =>
      client.register({ body: { username: "alice", password, ...(auth === undefined ? {} : { auth }) } });
    const session = await sessionOf(register());
    const kept = async () => JSON.stringify(await storage.interactiveSessions.find(tokenHash(session)));
    servers.stand.in = () => Response.json({ errcode: "M_SESSION_NOT_VALIDATED", error: "no" }, { status: 400 });
    const threepid_creds = { sid: "1", client_secret: "kept.from.readers", id_server: idServer };
    await register({ type: "m.login.email.identity", session, threepid_creds });
    const pending = await kept();
    expect(pending).toMatch(/"pending":"/);
    const validated_at = servers.server.clock.now();
    servers.stand.in = () => Response.json({ medium: "email", address: "alice@example.org", validated_at });
    expect(await register({ session })).toMatchObject({ status: 200 });
    const complete = await kept();
    expect(complete).toMatch(/"stage":"m\.login\.email\.identity"/);
    for (const secret of ["kept.from.readers", session, "alice@example.org"]) {
      expect([pending.includes(secret), complete.includes(secret)]).toEqual([false, false]);
    }
  });
});

describe("an identity server that speaks version 2 alone", () => {
  const address = "alice@example.org";
  let begun: object;
  let accessToken: string;
  beforeEach(async () => {
    servers.stand.in = (request) =>
      request.url.includes("/api/v1/")
        ? new Response("nothing here", { status: 404 })
        : servers.identity.fetch(request);
    begun = { id_server: idServer, id_access_token: await servers.identity.issueToken("@alice:example.org") };
    accessToken = (await registerUser(servers.server, "alice")).accessToken;
  });
  const byPassword = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password };
  const add = (sid: string, client_secret: string) =>
    servers.server.v3.add3PID({ body: { sid, client_secret, auth: byPassword } }, { accessToken });
  const held = async () => (await servers.server.accounts.threepids("@alice:example.org")).map((it) => it.address);

  it("is asked with the token that the session was begun with, where the client brings it no more", async () => {
    const { server } = servers;
    const body = { email: address, client_secret: "secret", send_attempt: 1, ...begun };
    const { sid } = await server.v3.orThrow.requestTokenTo3PIDEmail({ body });
    const { query } = mailedLink(servers.identity);
    await servers.identity.client.orThrow.emailSubmitTokenGetV2({
      query: { sid, client_secret: "secret", token: query["token"] ?? "" },
    });
    expect(await add(sid, "guessed")).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    expect(await add(sid, "secret")).toMatchObject({ status: 200 });
    expect(await held()).toEqual([address]);
  });

  it("gets the code of a number, too", async () => {
    const { server } = servers;
    const number = { country: "GB", phone_number: "07400123456", client_secret: "secret", send_attempt: 1 };
    const { sid } = await server.v3.orThrow.requestTokenTo3PIDMSISDN({ body: { ...number, ...begun } });
    const token = servers.identity.texts.at(-1)?.code ?? "";
    const typed = await server.v3.submitUrlMsisdnPost({ body: { sid, client_secret: "secret", token } });
    expect(typed).toMatchObject({ status: 200, body: { success: true } });
    expect(await add(sid, "secret")).toMatchObject({ status: 200 });
    expect(await held()).toEqual(["447400123456"]);
  });

  it("is asked with what the client brings now, if it brings a token", async () => {
    const { server } = servers;
    const body = { email: address, client_secret: "secret", send_attempt: 1, ...begun };
    const { sid } = await server.v3.orThrow.requestTokenToRegisterEmail({ body });
    const newer = await servers.identity.issueToken("@alice:example.org");
    const asked: (string | null)[] = [];
    servers.stand.in = (request) => {
      asked.push(request.headers.get("authorization"));
      return servers.identity.fetch(request);
    };
    const creds = { sid, client_secret: "secret", id_server: idServer, id_access_token: newer };
    const auth = { type: "m.login.email.identity", threepid_creds: creds };
    await server.v3.register({ body: { username: "bob", password, auth } });
    expect(asked).toEqual([`Bearer ${newer}`]);
  });
});

describe("accounts and sessions of an identity server", () => {
  /** Opens the link that the identity server mailed. */
  const openIdentityLink = async ({ identity }: Servers): Promise<void> => {
    const { query } = mailedLink(identity);
    const { sid = "", client_secret = "", token = "" } = query;
    await identity.client.orThrow.emailSubmitTokenPost({ body: { sid, client_secret, token } });
  };

  const validate = async (operation: "requestTokenToRegisterEmail", more: object = {}) => {
    const { sid } = await servers.server.client.orThrow[operation]({ body: email(more) });
    await openIdentityLink(servers);
    return { sid, client_secret: "secret", id_server: idServer, ...more };
  };

  const register = async (creds: ThreepidCreds, more: object = {}) => {
    const request = { username: "alice", password, ...more };
    const session = await sessionOf(servers.server.client.register({ body: request }));
    const auth = { type: "m.login.email.identity", session, threepidCreds: [creds] };
    return servers.server.client.register({ body: { ...request, auth } });
  };

  it("registers with a session that it validated, and binds when asked to", async () => {
    const creds = await validate("requestTokenToRegisterEmail");
    expect(await register(creds, { bind_email: true })).toMatchObject({ status: 200 });
    const found = await servers.identity.client.orThrow.lookupUser({
      query: { medium: "email", address: "alice@example.org" },
    });
    expect(found).toMatchObject({ mxid: "@alice:example.org" });
    expect(await servers.server.storage.recordedBindings.list("@alice:example.org")).toEqual([
      { mxid: "@alice:example.org", medium: "email", address: "alice@example.org", idServer },
    ]);
  });

  it("registers all the same when binding fails", async () => {
    const creds = await validate("requestTokenToRegisterEmail");
    servers.stand.in = (request) =>
      request.url.endsWith("/bind")
        ? Response.json({ errcode: "M_UNKNOWN", error: "oh" }, { status: 500 })
        : servers.identity.fetch(request);
    expect(await register(creds, { bind_email: true })).toMatchObject({ status: 200 });
    expect(await servers.server.storage.recordedBindings.list("@alice:example.org")).toEqual([]);
    expect(servers.server.log.lines.join()).toContain("not bound");
  });

  it("does not bind unless asked to, and uses the session once", async () => {
    const creds = await validate("requestTokenToRegisterEmail");
    expect(await register(creds, { bind_msisdn: true })).toMatchObject({ status: 200 });
    expect(await servers.server.storage.recordedBindings.list("@alice:example.org")).toEqual([]);
    const second = await register(creds, { username: "bob" });
    expect(second).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
  });

  it.each([
    { what: "is not validated", answer: { errcode: "M_SESSION_NOT_VALIDATED", error: "not yet" }, status: 400 },
    { what: "is over", answer: { errcode: "M_SESSION_EXPIRED", error: "too late" }, status: 400 },
    { what: "is unknown", answer: { errcode: "M_NO_VALID_SESSION", error: "what?" }, status: 404 },
    { what: "proved another kind of thing", answer: { medium: "pigeon", address: "x", validated_at: 1 }, status: 200 },
    {
      what: "proved a denied address",
      answer: { medium: "email", address: "x@denied.example", validated_at: 1 },
      status: 200,
    },
  ])("registers nobody whose session $what", async ({ answer, status }) => {
    servers.stand.in = () => Response.json(answer, { status });
    expect(await register({ sid: "1", client_secret: "s", id_server: idServer })).toMatchObject({
      status: 401,
      body: { completed: [] },
    });
    expect(await servers.server.accounts.find("@alice:example.org")).toBeUndefined();
  });

  it.each([true, false])("lets a session reset a password only where the operator says so: %s", async (mayReset) => {
    servers.close();
    servers = await bothServers({ threepids: proxied }, mayReset);
    const { accessToken } = await registerUser(servers.server, "alice");
    const added = await validatedSession(servers.identity, "alice@example.org", "add");
    const three_pid_creds = { ...added, id_server: idServer };
    await servers.server.client.orThrow.post3PIDs({ body: { three_pid_creds } }, { accessToken });
    const { client } = servers.server;
    expect(await client.requestTokenToResetPasswordEmail({ body: email() })).toMatchObject(
      mayReset ? { status: 200 } : { status: 400, body: { errcode: "M_SERVER_NOT_TRUSTED" } },
    );
    const session = await validatedSession(servers.identity, "alice@example.org", "reset");
    const threepid_creds = { ...session, id_server: idServer };
    const body = { new_password: "a new password", auth: { type: "m.login.email.identity", threepid_creds } };
    const answer = await client.changePassword({ body });
    expect(answer).toMatchObject(
      mayReset ? { status: 200 } : { status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } },
    );
  });
});

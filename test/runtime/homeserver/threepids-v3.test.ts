import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthData } from "../../../generated/client-server-v3/index.js";
import { validatedSession } from "../identity/identity-server.js";
import {
  addEmail,
  baseUrl,
  type Changes,
  type Homeserver,
  homeserver,
  openLink,
  password,
  registerUser,
  sessionOf,
  validatedEmail,
} from "./homeserver.js";
import { bothServers, idServer } from "./identity-server.js";

const alice = "@alice:example.org";
const address = "alice@example.org";
const at = { validatedAt: 1, addedAt: 1 };

interface Session {
  readonly sid: string;
  readonly client_secret: string;
}

let server: Homeserver;
let accessToken: string;
const open = async (changes: Changes = {}): Promise<void> => {
  server?.close();
  server = homeserver(changes);
  accessToken = (await registerUser(server, "alice")).accessToken;
};
beforeEach(() => open());
afterEach(() => server.close());

const add = (session: Session, auth?: AuthData, token = accessToken) =>
  server.v3.add3PID({ body: { ...session, ...(auth === undefined ? {} : { auth }) } }, { accessToken: token });
const byPassword = (session?: string): AuthData => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: "alice" },
  password,
  ...(session === undefined ? {} : { session }),
});
const addresses = async (token = accessToken) =>
  (await server.v3.orThrow.getAccount3PIDs({}, { accessToken: token })).threepids.map((it) => it.address);

describe("adding a threepid after authentication (J3)", () => {
  it("asks for the password, then adds what the session proved", async () => {
    const session = await validatedEmail(server, "3PID", "Alice@example.org", "add");
    const challenge = await add(session);
    expect(challenge).toMatchObject({ status: 401, body: { flows: [{ stages: ["m.login.password"] }] } });
    expect(await addresses()).toEqual([]);
    const answer = await add(session, byPassword(await sessionOf(Promise.resolve(challenge))));
    expect(answer).toMatchObject({ status: 200, body: {} });
    expect(await addresses()).toEqual([address]);
  });

  it("uses the session up", async () => {
    const session = await validatedEmail(server, "3PID", address, "add");
    expect(await add(session, byPassword())).toMatchObject({ status: 200 });
    const body = { medium: "email", address } as const;
    await server.v3.orThrow.delete3pidFromAccount({ body }, { accessToken });
    expect(await add(session, byPassword())).toMatchObject({
      status: 400,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    expect(await addresses()).toEqual([]);
  });

  it("adds once what is asked for twice at the same time, by one authentication or by two", async () => {
    const session = await validatedEmail(server, "3PID", address, "add");
    const interactive = await sessionOf(add(session));
    const answers = await Promise.all([
      ...[1, 2, 3].map(() => add(session, byPassword(interactive))),
      ...[1, 2, 3].map(() => add(session, byPassword())),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await addresses()).toEqual([address]);
  });

  it("fails until the address is confirmed, and then needs no further proof of the account", async () => {
    const body = { email: address, client_secret: "add", send_attempt: 1 };
    const { sid } = await server.v3.orThrow.requestTokenTo3PIDEmail({ body });
    const session = { sid, client_secret: "add" };
    const interactive = await sessionOf(add(session));
    const early = await add(session, byPassword(interactive));
    expect(early).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    await openLink(server);
    expect(await add(session, { session: interactive })).toMatchObject({ status: 200 });
    expect(await addresses()).toEqual([address]);
  });

  it.each([
    ["unknown", { sid: "unknown", client_secret: "add" }],
    ["somebody else's", { client_secret: "guessed" }],
  ])("fails with a session that is %s", async (_, wrong) => {
    const session = { ...(await validatedEmail(server, "3PID", address, "add")), ...wrong };
    expect(await add(session, byPassword())).toMatchObject({
      status: 400,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
  });

  it("fails with a session that was validated for something else", async () => {
    const session = await validatedEmail(server, "Register", address, "add");
    expect(await add(session, byPassword())).toMatchObject({
      status: 400,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
  });

  it("is authenticated for one session alone", async () => {
    const first = await validatedEmail(server, "3PID", address, "first");
    const second = await validatedEmail(server, "3PID", "other@example.org", "second");
    const interactive = await sessionOf(add(first));
    expect(await add(second, byPassword(interactive))).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN" } });
    expect(await addresses()).toEqual([]);
  });

  it("refuses an address that another account got meanwhile; the proofs hold until it is free", async () => {
    const session = await validatedEmail(server, "3PID", address, "add");
    const bob = await registerUser(server, "bob");
    await addEmail(server, bob.accessToken, address);
    const interactive = await sessionOf(add(session));
    const refused = await add(session, byPassword(interactive));
    expect(refused).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_IN_USE" } });
    await server.v3.orThrow.delete3pidFromAccount({ body: { medium: "email", address } }, bob);
    expect(await add(session, { session: interactive })).toMatchObject({ status: 200 });
  });

  it("takes an address of the account for the password", async () => {
    await addEmail(server, accessToken, address);
    const session = await validatedEmail(server, "3PID", "second@example.org", "add");
    const challenge = await add(session);
    expect(challenge).toMatchObject({
      body: { flows: [{ stages: ["m.login.password"] }, { stages: ["m.login.email.identity"] }] },
    });
    const threepid_creds = await validatedEmail(server, "ResetPassword", address, "proof");
    expect(await add(session, { type: "m.login.email.identity", threepid_creds })).toMatchObject({ status: 200 });
    expect(await addresses()).toEqual([address, "second@example.org"]);
  });

  it("takes no address for it that has left the account since", async () => {
    await addEmail(server, accessToken, address);
    const threepid_creds = await validatedEmail(server, "ResetPassword", address, "proof");
    const wanted = { email: "second@example.org", client_secret: "add", send_attempt: 1 };
    const session = {
      sid: (await server.v3.orThrow.requestTokenTo3PIDEmail({ body: wanted })).sid,
      client_secret: "add",
    };
    const interactive = await sessionOf(add(session));
    const proof = { type: "m.login.email.identity", session: interactive, threepid_creds };
    expect(await add(session, proof)).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    await server.v3.orThrow.delete3pidFromAccount({ body: { medium: "email", address } }, { accessToken });
    await openLink(server);
    expect(await add(session, { session: interactive })).toMatchObject({
      status: 401,
      body: { flows: [{ stages: ["m.login.password"] }] },
    });
    expect(await addresses()).toEqual([]);
  });

  it("takes no other account's proof", async () => {
    const bob = await registerUser(server, "bob");
    await addEmail(server, accessToken, address);
    await addEmail(server, bob.accessToken, "bob@example.org");
    const session = await validatedEmail(server, "3PID", "second@example.org", "add");
    const threepid_creds = await validatedEmail(server, "ResetPassword", "bob@example.org", "proof");
    const answers = [
      await add(session, { type: "m.login.email.identity", threepid_creds }),
      await add(session, byPassword(), bob.accessToken),
    ];
    for (const answer of answers) expect(answer.status).toBe(401);
    expect([await addresses(), await addresses(bob.accessToken)]).toEqual([[address], ["bob@example.org"]]);
  });

  describe("an account without a password", () => {
    const registerWithout = async (username: string): Promise<string> => {
      const auth = { type: "m.login.dummy" };
      const { access_token = "" } = await server.client.orThrow.register({ body: { username, auth } });
      return access_token;
    };

    it("proves itself by an address on it", async () => {
      const token = await registerWithout("carol");
      await server.accounts.addThreepid("@carol:example.org", { medium: "email", address: "carol@example.org", ...at });
      const session = await validatedEmail(server, "3PID", address, "add");
      expect(await add(session, undefined, token)).toMatchObject({
        status: 401,
        body: { flows: [{ stages: ["m.login.email.identity"] }] },
      });
      const threepid_creds = await validatedEmail(server, "ResetPassword", "carol@example.org", "proof");
      const auth = { type: "m.login.email.identity", threepid_creds };
      expect(await add(session, auth, token)).toMatchObject({ status: 200 });
    });

    it("and without any address is told that it cannot", async () => {
      const token = await registerWithout("carol");
      const session = await validatedEmail(server, "3PID", address, "add");
      const answer = await add(session, undefined, token);
      expect(answer).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
      expect(JSON.stringify(answer.body)).toContain("neither a password nor an address");
    });
  });

  it("is refused to guests, where nothing may change, and where the medium is turned off", async () => {
    const session = { sid: "some", client_secret: "secret" };
    const { access_token = "" } = await server.client.orThrow.register({ query: { kind: "guest" }, body: {} });
    const forbidden = { status: 403, body: { errcode: "M_FORBIDDEN" } };
    expect(await add(session, undefined, access_token)).toMatchObject(forbidden);
    await open({ threepids: { changes: false } });
    expect(await add(session, byPassword())).toMatchObject(forbidden);
    expect(await server.v3.post3PIDs({ body: { three_pid_creds: session } }, { accessToken })).toMatchObject(forbidden);
    const body = { medium: "email", address } as const;
    expect(await server.v3.delete3pidFromAccount({ body }, { accessToken })).toMatchObject(forbidden);
    const wanted = { email: address, client_secret: "secret", send_attempt: 1 };
    expect(await server.v3.requestTokenTo3PIDEmail({ body: wanted })).toMatchObject(forbidden);
  });

  it("is limited for each user, and authentication before it", async () => {
    const session = await validatedEmail(server, "3PID", address, "add");
    for (const scope of ["bind.mxid", "interactive.ip", "password.account"] as const) {
      server.limiter.refused.clear();
      server.limiter.refused.add(scope);
      expect(await add(session, byPassword())).toMatchObject({ status: 429 });
    }
    server.limiter.refused.clear();
    expect(await add(session, byPassword())).toMatchObject({ status: 200 });
  });
});

describe("adding a threepid at once, as older clients do", () => {
  it.each(["three_pid_creds", "threePidCreds"])("takes %s, and no notice of an identity server", async (name) => {
    const session = await validatedEmail(server, "3PID", address, "add");
    const creds = { ...session, id_server: "stranger.example", id_access_token: "token" };
    expect(await server.v3.post3PIDs({ body: { [name]: creds } }, { accessToken })).toMatchObject({ status: 200 });
    expect(await addresses()).toEqual([address]);
  });

  it("misses the credentials under the name that the documents have", async () => {
    expect(await server.v3.post3PIDs({ body: {} }, { accessToken })).toMatchObject({
      status: 400,
      body: { errcode: "M_MISSING_PARAM", error: "Missing parameter: three_pid_creds" },
    });
  });
});

describe("requesting tokens", () => {
  const email = { email: "no address", client_secret: "secret", send_attempt: 1 };
  const phone = { country: "GB", phone_number: "12", client_secret: "secret", send_attempt: 1 };

  it("has one code for what is no address", async () => {
    const answers = [
      await server.v3.requestTokenToRegisterEmail({ body: email }),
      await server.v3.requestTokenToResetPasswordEmail({ body: email }),
      await server.v3.requestTokenTo3PIDEmail({ body: email }),
      await server.v3.requestTokenToRegisterMSISDN({ body: phone }),
      await server.v3.requestTokenToResetPasswordMSISDN({ body: phone }),
      await server.v3.requestTokenTo3PIDMSISDN({ body: phone }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    }
  });

  it("counts by user where it is told who asks", async () => {
    const body = { email: address, client_secret: "secret", send_attempt: 1 };
    await server.v3.orThrow.requestTokenTo3PIDEmail({ body }, { accessToken });
    expect(server.limiter.counted).toContain(`send.mxid ${alice}`);
  });
});

describe("binding and unbinding (J4, J5)", () => {
  let servers: Awaited<ReturnType<typeof bothServers>>;
  let id_access_token: string;
  beforeEach(async () => {
    servers = await bothServers();
    accessToken = (await registerUser(servers.server, "alice")).accessToken;
    id_access_token = await servers.identity.issueToken(alice);
  });
  afterEach(() => servers.close());

  const named = { id_server: idServer };
  const bind = (session: Session, more: object = {}) =>
    servers.server.v3.bind3PID({ body: { ...session, ...named, id_access_token, ...more } }, { accessToken });
  const unbind = (more: object = {}) =>
    servers.server.v3.unbind3pidFromAccount({ body: { medium: "email", address, ...more } }, { accessToken });
  const recorded = () => servers.server.storage.recordedBindings.list(alice);
  const lookup = async () => {
    const found = await servers.identity.client.orThrow.lookupUser({ query: { medium: "email", address } });
    return "mxid" in found ? found.mxid : undefined;
  };

  it("publishes what the identity server validated, by version 2, and leaves the account alone", async () => {
    const session = await validatedSession(servers.identity, "Alice@example.org");
    expect(await bind(session)).toMatchObject({ status: 200, body: {} });
    expect(servers.asked).toEqual([
      "GET /_matrix/identity/v2/3pid/getValidated3pid",
      "POST /_matrix/identity/v2/3pid/bind",
    ]);
    expect(await lookup()).toBe(alice);
    expect(await recorded()).toEqual([{ mxid: alice, medium: "email", address, idServer }]);
    expect((await servers.server.v3.orThrow.getAccount3PIDs({}, { accessToken })).threepids).toEqual([]);
    expect(await unbind()).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
    expect([await lookup(), await recorded()]).toEqual([undefined, []]);
  });

  it("does so whoever else has it bound, or on an account", async () => {
    const bob = await registerUser(servers.server, "bob");
    await servers.server.accounts.addThreepid(bob.mxid, { medium: "email", address, ...at });
    const theirs = await validatedSession(servers.identity, address, "theirs");
    await servers.identity.client.orThrow.bind({ body: { ...theirs, mxid: bob.mxid } });
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    expect(await lookup()).toBe(alice);
  });

  it("passes on what the identity server refuses with, and remembers nothing", async () => {
    const session = await validatedSession(servers.identity, address);
    expect(await bind({ ...session, client_secret: "guessed" })).toMatchObject({
      status: 404,
      body: { errcode: "M_NO_VALID_SESSION" },
    });
    expect(await bind(session, { id_access_token: "nobodys" })).toMatchObject({
      status: 403,
      body: { errcode: "M_UNAUTHORIZED" },
    });
    const unsigned = { errcode: "M_TERMS_NOT_SIGNED", error: "Please accept our terms of service." };
    for (const path of ["getValidated3pid", "bind"]) {
      servers.stand.in = (request) =>
        new URL(request.url).pathname.endsWith(path)
          ? Response.json(unsigned, { status: 403 })
          : servers.identity.fetch(request);
      expect(await bind(session)).toMatchObject({ status: 403, body: unsigned });
    }
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ["email", `${"a".repeat(600)}@example.org`],
    ["email", "x".repeat(500_000)],
    ["email", "no address"],
    ["email", "alice@example.org, bob@example.org"],
    ["msisdn", "4".repeat(16)],
    ["msisdn", "+44 7400 123456"],
    ["msisdn", ""],
    ["pigeon", "coo"],
  ])("keeps nothing of what is no address, whoever confirms it: %s %.20s", async (medium, confirmed) => {
    servers.stand.in = () => Response.json({ medium, address: confirmed, validated_at: 1 });
    expect(await bind({ sid: "1", client_secret: "secret" })).toMatchObject({
      status: 502,
      body: { errcode: "M_UNKNOWN" },
    });
    expect([await recorded(), servers.asked.length]).toEqual([[], 1]);
  });

  it("keeps a hundred bindings of a user, and tells who wants more", async () => {
    let number = 0;
    servers.stand.in = (request) => {
      if (request.url.includes("getValidated3pid")) number += 1;
      const confirmed = { medium: "email", address: `alice+${number}@example.org`, validated_at: 1 };
      return Response.json({ ...confirmed, mxid: alice, ts: 1, not_before: 1, not_after: 2, signatures: {} });
    };
    const session = { sid: "1", client_secret: "secret" };
    for (let count = 0; count < 100; count += 1) expect(await bind(session)).toMatchObject({ status: 200 });
    const before = servers.asked.length;
    const refused = { status: 403, body: { errcode: "M_FORBIDDEN", error: expect.stringContaining("unbind one") } };
    expect(await bind(session)).toMatchObject(refused);
    // Asked what was confirmed, and not to bind it.
    expect([servers.asked.length, (await recorded()).length]).toEqual([before + 1, 100]);
  });

  it("remembers a binding whose answer never came", async () => {
    const session = await validatedSession(servers.identity, address);
    servers.stand.in = async (request) => {
      const answer = await servers.identity.fetch(request);
      if (request.url.endsWith("/bind")) throw new TypeError("fetch failed");
      return answer;
    };
    expect(await bind(session)).toMatchObject({ status: 502, body: { errcode: "M_UNKNOWN" } });
    servers.stand.in = undefined;
    expect(await lookup()).toBe(alice);
    expect(await unbind()).toMatchObject({ body: { id_server_unbind_result: "success" } });
    expect(await lookup()).toBeUndefined();
  });

  it.each([
    [`https://${idServer}/`, 200],
    ["unreachable.example", 502],
    ["id.example.org/path", 400],
    ["user@id.example.org", 400],
  ])("turns to id_server %j: %s", async (id_server, status) => {
    const session = await validatedSession(servers.identity, address);
    expect((await bind(session, { id_server })).status).toBe(status);
  });

  it("takes back at every place that it knows of, and succeeds when all of them do", async () => {
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    const elsewhere = { mxid: alice, medium: "email", address, idServer: "a.example" } as const;
    await servers.server.storage.recordedBindings.record(elsewhere, 9);
    expect(await unbind()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
    // The one that answered is done with; the other is asked again later.
    expect([await lookup(), await recorded()]).toEqual([undefined, []]);
    expect(await servers.server.storage.outbox.nextDue("unbind")).toBeDefined();
  });

  it("keeps the address on the account, and knows nothing to take back twice", async () => {
    await servers.server.accounts.addThreepid(alice, { medium: "email", address, ...at });
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    expect(await unbind(named)).toMatchObject({ body: { id_server_unbind_result: "success" } });
    expect(await unbind()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
    expect((await servers.server.v3.orThrow.getAccount3PIDs({}, { accessToken })).threepids).toHaveLength(1);
  });

  it("passes on a refusal to unbind, and still knows of the binding", async () => {
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    servers.stand.in = () => Response.json({ errcode: "M_UNKNOWN", error: "no" }, { status: 400 });
    expect(await unbind()).toMatchObject({ status: 400, body: { errcode: "M_UNKNOWN" } });
    expect(await recorded()).toHaveLength(1);
  });

  it("is no matter for guests, and is limited", async () => {
    const { access_token = "" } = await servers.server.client.orThrow.register({ query: { kind: "guest" }, body: {} });
    const body = { sid: "1", client_secret: "secret", ...named };
    expect(await servers.server.v3.bind3PID({ body }, { accessToken: access_token })).toMatchObject({ status: 403 });
    servers.server.limiter.refused.add("bind.mxid");
    expect(await bind({ sid: "1", client_secret: "secret" })).toMatchObject({ status: 429 });
    expect(await unbind()).toMatchObject({ status: 429 });
  });
});

describe("what can be done here", () => {
  it.each([
    { changes: true, enabled: true },
    { changes: false, enabled: false },
  ])("is said truly: changes $changes", async ({ changes, enabled }) => {
    await open({ threepids: { changes } });
    expect(await server.v3.getCapabilities({}, { accessToken })).toEqual(
      expect.objectContaining({
        status: 200,
        body: {
          capabilities: {
            "m.change_password": { enabled: true },
            "m.3pid_changes": { enabled },
            "m.set_displayname": { enabled: false },
            "m.set_avatar_url": { enabled: false },
            "m.profile_fields": { enabled: false },
            "m.get_login_token": { enabled: false },
          },
        },
      }),
    );
  });

  it("is nothing of that for guests", async () => {
    const { access_token = "" } = await server.client.orThrow.register({ query: { kind: "guest" }, body: {} });
    const { capabilities } = await server.v3.orThrow.getCapabilities({}, { accessToken: access_token });
    expect([capabilities["m.change_password"], capabilities["m.3pid_changes"]]).toEqual([
      { enabled: false },
      { enabled: false },
    ]);
  });

  it.each(["r0", "unstable", "v3"])("is served under %s since clients look for it there", async (version) => {
    for (const operation of ["add", "bind", "unbind"]) {
      const url = `${baseUrl}/_matrix/client/${version}/account/3pid/${operation}`;
      const answer = await server.fetchV3(url, { method: "POST", body: "{}" });
      expect([answer.status, await answer.json()]).toMatchObject([401, { errcode: "M_MISSING_TOKEN" }]);
    }
  });

  it("is versions, in whichever era", async () => {
    const [old, current] = [await server.client.orThrow.getVersions(), await server.v3.orThrow.getVersions()];
    expect(old).toEqual(current);
    expect(current.versions).toEqual([
      "r0.5.0",
      "r0.6.1",
      ...Array.from({ length: 19 }, (_, index) => `v1.${index + 1}`),
    ]);
    expect(current.unstable_features).toEqual({
      "m.require_identity_server": false,
      "m.id_access_token": true,
      "m.separate_add_and_bind": true,
    });
  });
});

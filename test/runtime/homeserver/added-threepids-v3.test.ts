import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthData } from "../../../generated/client-server-v3/index.js";
import { address, at, homeserverOfAlice, type Session } from "./alice.js";
import {
  addEmail,
  type Changes,
  type Homeserver,
  openLink,
  password,
  registerUser,
  sessionOf,
  validatedEmail,
} from "./homeserver.js";

let server: Homeserver;
let accessToken: string;
const open = async (changes: Changes = {}): Promise<void> => {
  server?.close();
  ({ server, accessToken } = await homeserverOfAlice(changes));
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

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import {
  addEmail,
  type Homeserver,
  homeserver,
  openLink,
  password,
  registerUser,
  sessionOf,
  validatedEmail,
} from "./homeserver.js";

let server: Homeserver;
beforeEach(() => {
  server = homeserver();
});
afterEach(() => server.close());

const dummy = (session: string) => ({ type: "m.login.dummy", session });

describe("registering with m.login.dummy", () => {
  it("offers the flows, then makes the account and logs it in", async () => {
    const body = { username: "alice", password, device_id: "PHONE", initial_device_display_name: "Alice's phone" };
    const offered = await server.client.register({ body });
    expect(offered).toMatchObject({
      status: 401,
      body: {
        flows: [{ stages: ["m.login.dummy"] }, { stages: ["m.login.email.identity"] }, { stages: ["m.login.msisdn"] }],
        completed: [],
      },
    });
    const session = await sessionOf(Promise.resolve(offered));
    const registered = await server.client.orThrow.register({ body: { ...body, auth: dummy(session) } });
    expect(registered).toMatchObject({ user_id: "@alice:example.org", device_id: "PHONE", home_server: "example.org" });
    const whoami = await server.client.getTokenOwner({}, { accessToken: registered.access_token ?? "" });
    expect(whoami).toMatchObject({ status: 200, body: { user_id: "@alice:example.org" } });
  });

  it("invents name and device where none is given", async () => {
    const session = await sessionOf(server.client.register({ body: {} }));
    const body = await server.client.orThrow.register({ body: { password, auth: dummy(session) } });
    expect(body.user_id).toMatch(/^@[a-z0-9]{12}:example\.org$/);
    expect(body.device_id).toMatch(/^[A-Z0-9]{10}$/);
  });

  it("takes a stage without a session, and an auth that is empty as none", async () => {
    expect(await server.client.register({ body: { username: "a", auth: {} } })).toMatchObject({ status: 401 });
    const body = { username: "a", password, auth: { type: "m.login.dummy" } };
    expect(await server.client.register({ body })).toMatchObject({ status: 200, body: { user_id: "@a:example.org" } });
  });

  it("leaves token and device out when the client declines", async () => {
    const request = { username: "quiet", password, inhibit_login: true };
    const session = await sessionOf(server.client.register({ body: request }));
    const body = await server.client.orThrow.register({ body: { ...request, auth: dummy(session) } });
    expect(body).toEqual({ user_id: "@quiet:example.org", home_server: "example.org" });
  });

  it("lets guests in without authentication, heeding the name of the device alone", async () => {
    const body = { username: "wanted", password: "x", device_id: "MINE", initial_device_display_name: "Guest's" };
    const guest = await server.client.orThrow.register({ query: { kind: "guest" }, body });
    expect(guest.user_id).not.toBe("@wanted:example.org");
    expect(guest.device_id).not.toBe("MINE");
    expect(await server.accounts.find(guest.user_id)).toMatchObject({ kind: "guest", passwordHash: undefined });
    const change = await server.client.changePassword(
      { body: { new_password: "another password" } },
      { accessToken: guest.access_token ?? "" },
    );
    expect(change).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
  });

  it.each([
    { closed: { users: false }, query: {}, body: { username: "a", password } },
    { closed: { guests: false }, query: { kind: "guest" as const }, body: {} },
  ])("answers M_FORBIDDEN where $closed", async ({ closed, query, body }) => {
    const shut = homeserver({ registration: closed });
    const want = { status: 403, body: { errcode: "M_FORBIDDEN" } };
    expect(await shut.client.register({ query, body })).toMatchObject(want);
    shut.close();
  });

  it.each([
    { username: "Alice", errcode: "M_INVALID_USERNAME" },
    { username: "", errcode: "M_INVALID_USERNAME" },
    { username: "a b", errcode: "M_INVALID_USERNAME" },
    { username: "ä", errcode: "M_INVALID_USERNAME" },
    { username: "@alice:example.org", errcode: "M_INVALID_USERNAME" },
    { username: "a".repeat(243), errcode: "M_INVALID_USERNAME" },
    { username: "_irc_bob", errcode: "M_EXCLUSIVE" },
    { username: "taken", errcode: "M_USER_IN_USE" },
  ])("refuses the name $username with $errcode, before any authentication", async ({ username, errcode }) => {
    await registerUser(server, "taken");
    const want = { status: 400, body: { errcode } };
    expect(await server.client.register({ body: { username, password } })).toMatchObject(want);
    expect(await server.client.checkUsernameAvailability({ query: { username } })).toMatchObject(want);
  });

  it("tells that a name is available", async () => {
    const longest = "a".repeat(255 - "@:example.org".length);
    for (const username of ["free", "a.b_c=d-e/f+9", longest]) {
      const answer = await server.client.checkUsernameAvailability({ query: { username } });
      expect(answer).toMatchObject({ status: 200, body: { available: true } });
    }
  });

  it("refuses a weak password", async () => {
    const answer = await server.client.register({ body: { username: "a", password: "short" } });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_WEAK_PASSWORD" } });
  });

  it("gives one name to one of many who register it at the same time", async () => {
    const request = { username: "popular", password };
    const sessions = await Promise.all(
      Array.from({ length: 8 }, () => sessionOf(server.client.register({ body: request }))),
    );
    const answers = await Promise.all(
      sessions.map((session) => server.client.register({ body: { ...request, auth: dummy(session) } })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body)).toMatchObject(
      Array.from({ length: 7 }, () => ({ errcode: "M_USER_IN_USE" })),
    );
  });

  it("counts accounts against the limit, and not how often a client asks whether its user opened the link", async () => {
    const request = { username: "patient", password };
    const { sid } = await server.client.orThrow.requestTokenToRegisterEmail({
      body: { email: "a@example.org", client_secret: "s", send_attempt: 1 },
    });
    const threepid_creds = { sid, client_secret: "s" };
    const session = await sessionOf(
      server.client.register({ body: { ...request, auth: { type: "m.login.email.identity", threepid_creds } } }),
    );
    const poll = () => server.client.register({ body: { ...request, auth: { session } } });
    for (const _ of [1, 2, 3]) expect(await poll()).toMatchObject({ status: 401 });
    const counted = () => server.limiter.counted.filter((count) => count.startsWith("register.ip")).length;
    expect(counted()).toBe(0);
    await openLink(server);
    expect(await poll()).toMatchObject({ status: 200 });
    expect(counted()).toBe(1);
  });

  it("limits registrations", async () => {
    server.limiter.refused.add("register.ip");
    const session = await sessionOf(server.client.register({ body: { username: "a", password } }));
    const answer = await server.client.register({ body: { username: "a", password, auth: dummy(session) } });
    expect(answer).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1500 } });
    expect(await server.client.register({ query: { kind: "guest" }, body: {} })).toMatchObject({ status: 429 });
  });
});

describe("registering with an email address that the homeserver validates (J1)", () => {
  const emailFlow = { flows: [["m.login.email.identity"]] } as const;
  beforeEach(() => {
    server.close();
    server = homeserver({ registration: emailFlow });
  });

  it.each(["threepid_creds", "threepidCreds"] as const)(
    "takes %s as an object and as a list of one",
    async (spelling) => {
      for (const [index, wrap] of [(creds: object) => creds, (creds: object) => [creds]].entries()) {
        const request = { username: `alice${index}`, password };
        const session = await sessionOf(server.client.register({ body: request }));
        const creds = await validatedEmail(server, "Register", `Alice${index}@Example.org`, `secret${index}`);
        const auth = { type: "m.login.email.identity", session, [spelling]: wrap(creds) };
        const { access_token = "" } = await server.client.orThrow.register({ body: { ...request, auth } });
        const threepids = await server.client.orThrow.getAccount3PIDs({}, { accessToken: access_token });
        const at = server.clock.now();
        const address = `alice${index}@example.org`;
        expect(threepids).toEqual({ threepids: [{ medium: "email", address, validated_at: at, added_at: at }] });
      }
    },
  );

  it("goes on with the session alone once the link was opened elsewhere", async () => {
    const request = { username: "alice", password };
    const session = await sessionOf(server.client.register({ body: request }));
    const token = { email: "alice@example.org", client_secret: "secret", send_attempt: 1 };
    const { sid } = await server.client.orThrow.requestTokenToRegisterEmail({ body: token });
    const threepid_creds = { sid, client_secret: "secret" };
    const early = { type: "m.login.email.identity", session, threepid_creds };
    const waiting = { status: 401, body: { session, completed: [], errcode: "M_THREEPID_AUTH_FAILED" } };
    expect(await server.client.register({ body: { ...request, auth: early } })).toMatchObject(waiting);
    expect(await server.client.register({ body: { ...request, auth: { session } } })).toMatchObject(waiting);
    await openLink(server);
    expect(await server.client.register({ body: { ...request, auth: { session } } })).toMatchObject({ status: 200 });
  });

  it("sends no submit_url with a link, and follows next_link", async () => {
    const body = {
      email: "a@example.org",
      client_secret: "s",
      send_attempt: 1,
      next_link: "https://app.example.org/done",
    };
    const answer = await server.client.orThrow.requestTokenToRegisterEmail({ body });
    expect(answer).toEqual({ sid: answer.sid });
    const opened = await openLink(server);
    expect(opened.status).toBe(302);
    expect(opened.headers.get("location")).toBe(`https://app.example.org/done?sid=${answer.sid}`);
  });

  it("uses a validated session once", async () => {
    const creds = await validatedEmail(server, "Register", "alice@example.org", "secret");
    const attempt = async (username: string) => {
      const request = { username, password };
      const session = await sessionOf(server.client.register({ body: request }));
      const auth = { type: "m.login.email.identity", session, threepid_creds: creds };
      return server.client.register({ body: { ...request, auth } });
    };
    const answers = await Promise.all([attempt("first"), attempt("second"), attempt("third")]);
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect(await attempt("fourth")).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    const known: string[] = [];
    for (const name of ["first", "second", "third", "fourth"]) {
      if ((await server.accounts.find(`@${name}:example.org`)) !== undefined) known.push(name);
    }
    expect(known).toHaveLength(1);
  });

  it("refuses a session that was validated for something else, of another medium, or not at all", async () => {
    const phoneCreds = { client_secret: "phone", country: "GB", phone_number: "07400123456", send_attempt: 1 };
    const phone = await server.client.orThrow.requestTokenToRegisterMSISDN({ body: phoneCreds });
    const token = server.sms.sent.at(-1)?.code ?? "";
    await server.client.orThrow.submitUrlMsisdnPost({ body: { sid: phone.sid, client_secret: "phone", token } });
    const sessions = [
      await validatedEmail(server, "3PID", "alice@example.org", "added"),
      { sid: phone.sid, client_secret: "phone" },
      { sid: "unknown", client_secret: "added" },
      { ...(await validatedEmail(server, "Register", "bob@example.org", "right")), client_secret: "wrong" },
      {
        ...(await validatedEmail(server, "Register", "c@example.org", "c")),
        client_secret: "w",
        id_server: "evil.example",
      },
    ];
    for (const threepid_creds of sessions) {
      const body = { username: "a", password, auth: { type: "m.login.email.identity", threepid_creds } };
      const want = { status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED", completed: [] } };
      expect(await server.client.register({ body })).toMatchObject(want);
    }
  });

  it("gives an address to one account only, whatever was validated before", async () => {
    const creds = await validatedEmail(server, "Register", "alice@example.org", "mine");
    const open = homeserver();
    const owner = await registerUser(open, "owner");
    await addEmail(open, owner.accessToken, "alice@example.org");
    // The owner's row of the other server stands for a race that the first request cannot see.
    const [row] = await open.accounts.threepids(owner.mxid);
    open.close();
    await server.accounts.create({
      mxid: "@owner:example.org",
      kind: "user",
      passwordHash: undefined,
      createdAt: 1,
      session: undefined,
      threepids: row === undefined ? [] : [row],
    });
    const body = { username: "a", password, auth: { type: "m.login.email.identity", threepid_creds: creds } };
    expect(await server.client.register({ body })).toMatchObject({
      status: 401,
      body: { errcode: "M_THREEPID_IN_USE" },
    });
    expect(await server.accounts.find("@a:example.org")).toBeUndefined();
  });
});

it("hashes one password for a session that is shown many times at once, and opens nothing for a bad device", async () => {
  const cheap = passwords(systemRandom, { cost: { logN: 4, r: 8, p: 1 }, concurrency: 1, queue: 10 });
  let hashes = 0;
  const hashing = {
    ...cheap,
    hash: (line: string) => {
      hashes += 1;
      return cheap.hash(line);
    },
  };
  const hurried = homeserver({ hashing });
  const body = { username: "hurried", password: "correct horse battery" };
  const session = await sessionOf(hurried.v3.register({ body }));
  const auth = { type: "m.login.dummy", session };
  const bad = await hurried.v3.register({ body: { ...body, device_id: "X\ud800", auth } });
  expect(bad).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
  const answers = await Promise.all([1, 2, 3, 4].map(() => hurried.v3.register({ body: { ...body, auth } })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(hashes).toBe(1);
  hurried.close();
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthData } from "../../../generated/client-server/index.js";
import { openSessions } from "../../../runtime/homeserver/domain/open-sessions.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { type Homeserver, homeserver, password, registerUser, sessionOf, validatedEmail } from "./homeserver.js";

const flows = [
  ["m.login.dummy", "m.login.email.identity"],
  ["m.login.msisdn", "m.login.dummy"],
] as const;

const day = 24 * 60 * 60 * 1000;

let server: Homeserver;
beforeEach(() => {
  server = homeserver({ registration: { flows } });
});
afterEach(() => server.close());

const request = { username: "alice", password };
const register = (auth?: AuthData, more: object = {}) =>
  server.client.register({ body: { ...request, ...more, ...(auth === undefined ? {} : { auth }) } });
const dummy = (session: string) => ({ type: "m.login.dummy", session });
const refused = { status: 401, body: { errcode: "M_FORBIDDEN", completed: [] } };

const emailStage = async (session: string, address = "alice@example.org") => ({
  type: "m.login.email.identity",
  session,
  threepid_creds: await validatedEmail(server, "Register", address, `secret.${address.replace("@", ".")}`),
});

describe("flows of several stages", () => {
  it("go in order, tell what is complete, and end in the account", async () => {
    const session = await sessionOf(register());
    const email = await emailStage(session);
    expect(await register(email)).toMatchObject(refused);
    expect(await register(dummy(session))).toMatchObject({
      status: 401,
      body: { session, completed: ["m.login.dummy"] },
    });
    expect(await register(email)).toMatchObject({ status: 200, body: { user_id: "@alice:example.org" } });
  });

  it("refuse to have a completed stage tried again", async () => {
    const session = await sessionOf(register());
    await register(dummy(session));
    const want = { status: 401, body: { session, errcode: "M_FORBIDDEN", completed: ["m.login.dummy"] } };
    expect(await register(dummy(session))).toMatchObject(want);
  });

  it("refuse stages that are no part of any flow, or not known at all", async () => {
    const session = await sessionOf(register());
    expect(await register({ type: "m.login.password", session, password })).toMatchObject(refused);
    expect(await register({ type: "m.login.magic", session })).toMatchObject({
      status: 401,
      body: { session, errcode: "M_UNRECOGNIZED" },
    });
  });

  it("answer the progress to the session alone", async () => {
    const session = await sessionOf(register());
    expect(await register({ session })).toMatchObject({ status: 401, body: { session, completed: [] } });
    await register(dummy(session));
    expect(await register({ session })).toMatchObject({ status: 401, body: { session, completed: ["m.login.dummy"] } });
  });
});

describe("a session", () => {
  it("is good for one account", async () => {
    const session = await sessionOf(register());
    await register(dummy(session));
    expect(await register(await emailStage(session))).toMatchObject({ status: 200 });
    const second = { username: "bob" };
    expect(await register({ session }, second)).toMatchObject(refused);
    expect(await register(await emailStage(session, "b@example.org"), second)).toMatchObject(refused);
  });

  it.each([
    { what: "another name", more: { username: "bob" } },
    { what: "another password", more: { password: "another password" } },
  ])("is not good for $what than it was opened with", async ({ more }) => {
    const session = await sessionOf(register());
    const answer = await register(dummy(session), more);
    expect(answer).toMatchObject(refused);
    expect(await sessionOf(Promise.resolve(answer))).not.toBe(session);
  });

  it("is not good for what a stage was completed without", async () => {
    const session = await sessionOf(server.client.register({ body: { username: "alice" } }));
    await server.client.register({ body: { username: "alice", auth: dummy(session) } });
    expect(await register({ session })).toMatchObject(refused);
  });

  it("that was opened by asking for the flows takes name and password later", async () => {
    const session = await sessionOf(server.client.register({ body: {} }));
    expect(await register(dummy(session))).toMatchObject({
      status: 401,
      body: { session, completed: ["m.login.dummy"] },
    });
    expect(await register(await emailStage(session))).toMatchObject({ status: 200 });
  });

  it("that is unknown, or a day old, is answered with a new one", async () => {
    expect(await register(dummy("unknown"))).toMatchObject(refused);
    const session = await sessionOf(register());
    server.clock.advance(day - 1);
    expect(await register(dummy(session))).toMatchObject({ body: { session, completed: ["m.login.dummy"] } });
    server.clock.advance(1);
    expect(await register({ session })).toMatchObject(refused);
  });

  it("that was opened for other flows than hold by now is answered with a new one", async () => {
    const before = { flows: [["m.login.dummy"]], policies: undefined } as const;
    const ports = { ...server.storage, clock: server.clock, random: systemRandom };
    const operation = { name: "register", flows: before.flows, caller: undefined, parts: {}, clientIp: "" } as const;
    const { session } = await openSessions(ports).open(operation, before);
    const answer = await register(dummy(session));
    expect(answer).toMatchObject(refused);
    const fresh = await sessionOf(Promise.resolve(answer));
    expect(fresh).not.toBe(session);
    expect(await register(dummy(fresh))).toMatchObject({ body: { session: fresh, completed: ["m.login.dummy"] } });
  });

  it("of one operation does not authorise another", async () => {
    const plain = homeserver();
    const { accessToken } = await registerUser(plain, "alice");
    const body = { new_password: "another password" };
    const session = await sessionOf(plain.client.changePassword({ body }, { accessToken }));
    const auth = { type: "m.login.password", session, password };
    const end = await plain.client.deactivateAccount({ body: { auth } }, { accessToken });
    expect(end).toMatchObject(refused);
    const bob = await registerUser(plain, "bob");
    const theirs = await plain.client.changePassword({ body: { ...body, auth } }, { accessToken: bob.accessToken });
    expect(theirs).toMatchObject(refused);
    const other = await plain.client.changePassword({ body: { new_password: "a third one!", auth } }, { accessToken });
    expect(other).toMatchObject(refused);
    expect(await plain.client.changePassword({ body: { ...body, auth } }, { accessToken })).toMatchObject({
      status: 200,
    });
    plain.close();
  });

  it("completes a stage once, however many try at the same time", async () => {
    const single = homeserver({ registration: { flows: [["m.login.dummy"]] } });
    const body = { password };
    const session = await sessionOf(single.client.register({ body }));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => single.client.register({ body: { ...body, auth: dummy(session) } })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    single.close();
  });
});

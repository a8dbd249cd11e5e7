import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { passwordDigest } from "../../../runtime/homeserver/domain/account-owner.js";
import { sealedFor } from "../../../runtime/homeserver/domain/open-sessions.js";
import { systemRandom, tokenHash } from "../../../runtime/protocol/tokens.js";
import { validatedSession } from "../identity/identity-server.js";
import {
  addEmail,
  type Homeserver,
  homeserver,
  nobody,
  password,
  registerUser,
  sessionOf,
  validatedEmail,
} from "./homeserver.js";
import { bothServers, idServer } from "./identity-server.js";

const alice = "@alice:example.org";

let server: Homeserver;
let accessToken: string;
beforeEach(async () => {
  server = homeserver();
  accessToken = (await registerUser(server, "alice")).accessToken;
});
afterEach(() => server.close());

const whoami = (token: string) => server.client.getTokenOwner({}, { accessToken: token });

describe("deactivating", () => {
  const byPassword = { type: "m.login.password", user: "alice", password };

  it("ends tokens, password and threepids, and keeps the name", async () => {
    await addEmail(server, accessToken, "alice@example.org");
    const session = await sessionOf(server.client.deactivateAccount({}, { accessToken }));
    const auth = { ...byPassword, session };
    const answer = await server.client.deactivateAccount({ body: { auth } }, { accessToken });
    expect(answer).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
    expect(await whoami(accessToken)).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } });
    expect(await server.client.checkUsernameAvailability({ query: { username: "alice" } })).toMatchObject({
      body: { errcode: "M_USER_IN_USE" },
    });
    const again = await server.client.deactivateAccount({ body: { auth: byPassword } });
    expect(again).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN" } });
    const free = { email: "alice@example.org", client_secret: "new", send_attempt: 1 };
    expect(await server.client.requestTokenToRegisterEmail({ body: free })).toMatchObject({ status: 200 });
    expect(await server.client.requestTokenToResetPasswordEmail({ body: free })).toMatchObject({
      body: { errcode: "M_THREEPID_NOT_FOUND" },
    });
  });

  it("works without a token, by password or by an address", async () => {
    expect(await server.client.deactivateAccount({ body: { auth: byPassword } })).toMatchObject({ status: 200 });
    const bob = await registerUser(server, "bob");
    await addEmail(server, bob.accessToken, "bob@example.org");
    const creds = await validatedEmail(server, "ResetPassword", "bob@example.org", "end");
    const auth = { type: "m.login.email.identity", threepid_creds: creds };
    expect(await server.client.deactivateAccount({ body: { auth } })).toMatchObject({ status: 200 });
    expect(await whoami(bob.accessToken)).toMatchObject({ status: 401 });
  });

  it("is told as it is where only what follows fails", async () => {
    const { recordedBindings } = server.storage;
    recordedBindings.forgetAll = () => Promise.reject(new Error("the disk is full"));
    expect(await server.client.deactivateAccount({ body: { auth: byPassword } })).toMatchObject({ status: 200 });
    expect(server.log.lines.filter((line) => line.includes("the disk is full"))).toHaveLength(1);
  });

  it("answers a body, an unknown token and limits as declared", async () => {
    expect(await server.client.deactivateAccount({}, { accessToken: "unknown" })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    });
    server.limiter.refused.add("password.ip");
    expect(await server.client.deactivateAccount({ body: { auth: byPassword } })).toMatchObject({ status: 429 });
  });

  describe("an account whose threepids are bound", () => {
    const bound = async (servers: Awaited<ReturnType<typeof bothServers>>) => {
      const user = await registerUser(servers.server, "alice");
      const session = await validatedSession(servers.identity, "alice@example.org");
      const three_pid_creds = { ...session, id_server: idServer };
      await servers.server.client.orThrow.post3PIDs({ body: { three_pid_creds, bind: true } }, user);
      return user;
    };
    const lookup = async ({ identity }: Awaited<ReturnType<typeof bothServers>>) =>
      identity.client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } });

    it("unbinds them", async () => {
      const servers = await bothServers();
      const user = await bound(servers);
      expect(await lookup(servers)).toMatchObject({ mxid: alice });
      const answer = await servers.server.client.deactivateAccount({ body: { auth: byPassword } }, user);
      expect(answer).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
      expect(await lookup(servers)).toEqual({});
      servers.close();
    });

    it("unbinds them once, whoever asks at the same time with one session", async () => {
      const servers = await bothServers();
      const user = await bound(servers);
      const session = await sessionOf(servers.server.client.deactivateAccount({}, user));
      const stage = {
        stage: "m.login.password",
        outcome: sealedFor({ session }, systemRandom, {
          mxid: alice,
          passwordDigest: passwordDigest(await servers.server.accounts.find(alice)),
        }),
      };
      await servers.server.storage.interactiveSessions.complete(tokenHash(session), 0, stage);
      const deactivate = () => servers.server.client.deactivateAccount({ body: { auth: { session } } }, user);
      const answers = await Promise.all([deactivate(), deactivate()]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
      expect(servers.asked.filter((request) => request.includes("unbind"))).toHaveLength(1);
      servers.close();
    });

    it("asks some identity servers at a time", async () => {
      let [now, most, asked] = [0, 0, 0];
      const unbind = async () => {
        asked += 1;
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now -= 1;
        return { outcome: "answered", value: undefined } as const;
      };
      const one = homeserver({ identityServers: { ...nobody, unbind } });
      await registerUser(one, "alice");
      for (let number = 0; number < 12; number += 1) {
        const binding = { medium: "email", address: "alice@example.org", idServer: `${number}.example` } as const;
        await one.storage.recordedBindings.record({ mxid: alice, ...binding }, 99);
      }
      const answer = await one.client.deactivateAccount({ body: { auth: byPassword } });
      expect(answer).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
      expect([asked, most]).toEqual([12, 4]);
      one.close();
    });

    it.each([
      { what: "refuses", body: { errcode: "M_FORBIDDEN", error: "no" }, status: 403 },
      { what: "does not support it", body: {}, status: 501 },
    ])("ends it when the identity server $what, and says so", async ({ body, status }) => {
      const servers = await bothServers();
      const user = await bound(servers);
      servers.stand.in = () => Response.json(body, { status });
      const answer = await servers.server.client.deactivateAccount({ body: { auth: byPassword } }, user);
      expect(answer).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
      expect(await servers.server.client.getTokenOwner({}, user)).toMatchObject({ status: 401 });
      servers.close();
    });
  });
});

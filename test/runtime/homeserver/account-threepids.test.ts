import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addEmail, type Homeserver, homeserver, openLink, registerUser, validatedEmail } from "./homeserver.js";

let server: Homeserver;
let accessToken: string;
beforeEach(async () => {
  server = homeserver();
  accessToken = (await registerUser(server, "alice")).accessToken;
});
afterEach(() => server.close());

describe("adding and taking away threepids (J3)", () => {
  const list = async () => (await server.client.orThrow.getAccount3PIDs({}, { accessToken })).threepids;

  it("lists what was added, by a session that is used up with it", async () => {
    expect(await list()).toEqual([]);
    const creds = await validatedEmail(server, "3PID", "Alice@example.org", "add");
    const validated_at = server.clock.now();
    server.clock.advance(1000);
    const added = { medium: "email", address: "alice@example.org", validated_at, added_at: server.clock.now() };
    const add = () => server.client.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
    expect(await add()).toMatchObject({ status: 200, body: {} });
    server.clock.advance(1000);
    expect(await add()).toMatchObject({ status: 403, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    expect(await list()).toEqual([added]);
  });

  it("adds once what is asked for twice at the same time", async () => {
    const creds = await validatedEmail(server, "3PID", "alice@example.org", "add");
    const bob = await registerUser(server, "bob");
    const tokens = [accessToken, bob.accessToken, accessToken, bob.accessToken];
    const answers = await Promise.all(
      tokens.map((token) => server.client.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken: token })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("changes nothing where the operator allows no changes, and says so", async () => {
    const fixed = homeserver({ threepids: { changes: false } });
    const bob = await registerUser(fixed, "bob");
    const at = { validatedAt: 1, addedAt: 1 };
    await fixed.accounts.addThreepid("@bob:example.org", { medium: "email", address: "bob@example.org", ...at });
    const answers = [
      await fixed.client.requestTokenTo3PIDEmail({
        body: { email: "other@example.org", client_secret: "secret", send_attempt: 1 },
      }),
      await fixed.client.post3PIDs({ body: { three_pid_creds: { sid: "1", client_secret: "secret" } } }, bob),
      await fixed.client.delete3pidFromAccount({ body: { medium: "email", address: "bob@example.org" } }, bob),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
    expect((await fixed.client.orThrow.getAccount3PIDs({}, bob)).threepids).toHaveLength(1);
    fixed.close();
  });

  it("refuses an address that another account has", async () => {
    const creds = await validatedEmail(server, "3PID", "alice@example.org", "first");
    const theirs = await validatedEmail(server, "3PID", "alice@example.org", "second");
    const bob = await registerUser(server, "bob");
    await server.client.orThrow.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
    const answer = await server.client.post3PIDs(
      { body: { three_pid_creds: theirs } },
      { accessToken: bob.accessToken },
    );
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_IN_USE" } });
  });

  it("refuses to bind what the homeserver validated itself, and adds nothing then", async () => {
    const creds = await validatedEmail(server, "3PID", "alice@example.org", "add");
    const answer = await server.client.post3PIDs({ body: { three_pid_creds: creds, bind: true } }, { accessToken });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    expect(await list()).toEqual([]);
  });

  it("needs a token, and no guest's", async () => {
    const creds = await validatedEmail(server, "3PID", "alice@example.org", "add");
    const body = { three_pid_creds: creds };
    expect(await server.client.post3PIDs({ body })).toMatchObject({
      status: 401,
      body: { errcode: "M_MISSING_TOKEN" },
    });
    expect(await server.client.getAccount3PIDs()).toMatchObject({ status: 401 });
    const removal = { medium: "email", address: "a@example.org" } as const;
    expect(await server.client.delete3pidFromAccount({ body: removal })).toMatchObject({ status: 401 });
    const { access_token = "" } = await server.client.orThrow.register({ query: { kind: "guest" }, body: {} });
    const guest = await server.client.post3PIDs({ body }, { accessToken: access_token });
    expect(guest).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
  });

  it("takes nothing from another account", async () => {
    await addEmail(server, accessToken, "alice@example.org");
    const bob = await registerUser(server, "bob");
    await server.client.delete3pidFromAccount(
      { body: { medium: "email", address: "alice@example.org" } },
      { accessToken: bob.accessToken },
    );
    expect(await list()).toHaveLength(1);
  });

  it("is limited for each user", async () => {
    server.limiter.refused.add("bind.mxid");
    const creds = { sid: "x", client_secret: "y" };
    expect(await server.client.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken })).toMatchObject({
      status: 429,
    });
  });
});

describe("links of this homeserver's own sessions", () => {
  it("are answered with a page, and with another one when they are wrong", async () => {
    const body = { email: "alice@example.org", client_secret: "secret", send_attempt: 1 };
    const { sid } = await server.client.orThrow.requestTokenTo3PIDEmail({ body });
    const wrong = { sid, client_secret: "secret", token: "<script>alert(1)</script>" };
    for (const medium of ["email", "msisdn"]) {
      const url = `https://matrix.example.org/_threepid/client/r0/validate/${medium}/submitToken`;
      const page = await server.fetch(`${url}?${new URLSearchParams(wrong)}`);
      expect([page.status, page.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
      const html = await page.text();
      expect(html).toContain("was not confirmed");
      expect(html).not.toContain("<script");
    }
    expect((await openLink(server)).status).toBe(200);
    server.limiter.refused.add("submit.address");
    expect((await openLink(server)).status).toBe(429);
  });
});

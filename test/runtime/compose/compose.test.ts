import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClientServerClient } from "../../../generated/client-server/index.js";
import { administrate, compose, type Overrides, type Program } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import type { Mail } from "../../../runtime/ports/courier.js";
import { accountTable } from "../../support/account-table.js";

let folder: string;
let programs: Program[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-compose-"));
  programs = [];
});
afterEach(async () => {
  for (const program of programs) await program.close();
  rmSync(folder, { recursive: true, force: true });
});

function configuration(more = "") {
  return parseConfiguration(
    `\
identity:
  server_name: localhost
  public_base_url: http://localhost
  listen: { port: 0 }
  database: ${join(folder, "identity.sqlite")}
homeserver:
  server_name: example.org
  public_base_url: http://example.org
  listen: { port: 0 }
  database: ${join(folder, "homeserver.sqlite")}
mailbox: { folder: ${join(folder, "mailbox")}, listen: { port: 0 } }
log: { level: silent }
development: { check_answers: true }
${more}`,
    "test",
  );
}

async function composed(more = "", overrides: Overrides = {}): Promise<Program> {
  const program = await compose(configuration(more), overrides);
  programs.push(program);
  return program;
}

const email = { email: "alice@example.org" };
const phone = { country: "GB", phone_number: "07400123456" };

function requestToken(program: Program, clientSecret: string, address: typeof email | typeof phone = email) {
  const medium = "email" in address ? "email" : "msisdn";
  const request = new Request(`http://localhost/_matrix/identity/api/v1/validate/${medium}/requestToken`, {
    method: "POST",
    body: JSON.stringify({ client_secret: clientSecret, send_attempt: 1, ...address }),
  });
  const { identity } = program.services;
  if (identity === undefined) throw new Error("there is no identity server");
  return identity.server.fetch(request);
}

describe("a composed program", () => {
  it("answers nobody when it is closed while it begins to listen, nor afterwards", async () => {
    const program = await composed();
    const listened = program.listen().then(
      () => "listening",
      (error: unknown) => String(error),
    );
    await program.close();
    expect(await listened).toContain("closed before it answered");
    await expect(program.listen()).rejects.toThrow("closed before it answered");
  });

  it("keeps accounts where it is told to, and nothing of them in its own database", async () => {
    const accountStore = accountTable();
    const program = await composed("", { accountStore });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { homeserver } = program.services;
      if (homeserver === undefined) throw new Error("there is no homeserver");
      return homeserver.server.fetch(new Request(input, init));
    };
    const client = createClientServerClient({ baseUrl: "http://localhost", fetch });
    const body = { username: "alice", password: "correct horse", auth: { type: "m.login.dummy" } };
    const { user_id, access_token: accessToken = "" } = await client.orThrow.register({ body });
    expect(await accountStore.find(user_id)).toMatchObject({ mxid: "@alice:example.org", state: "active" });
    expect(await client.orThrow.getTokenOwner({}, { accessToken })).toEqual({ user_id });
    const auth = { type: "m.login.password", password: "correct horse" };
    expect(await client.deactivateAccount({ body: { auth } }, { accessToken })).toMatchObject({ status: 200 });
    expect(await accountStore.find(user_id)).toMatchObject({ state: "deactivated" });
    const database = new Database(join(folder, "homeserver.sqlite"));
    expect(database.prepare("SELECT count(*) AS n FROM accounts").get()).toEqual({ n: 0 });
    database.close();
  });

  it("answers in process before it listens, and over HTTP after", async () => {
    const program = await composed();
    const ping = await program.services.identity?.server.fetch(new Request("http://localhost/_matrix/identity/v2"));
    expect(ping?.status).toBe(200);
    const { identity, homeserver, mailbox } = await program.listen();
    const answers = await Promise.all([
      fetch(`${identity}/_matrix/identity/v2`),
      fetch(`${homeserver}/_matrix/client/versions`),
      fetch(`${mailbox}/`),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  });

  it("can be closed before it listened, and twice", async () => {
    const program = await composed();
    await program.close();
    await program.close();
  });

  it("frees its ports when it closes", async () => {
    const program = await composed();
    const { identity } = await program.listen();
    await program.close();
    await expect(fetch(`${identity}/_matrix/identity/v2`)).rejects.toThrow();
  });

  it("sends by the courier it is given", async () => {
    const sent: Mail[] = [];
    const courier = { send: async (mail: Mail) => void sent.push(mail), close: async () => undefined };
    const program = await composed("", { courier });
    expect((await requestToken(program, "one")).status).toBe(200);
    expect(sent).toMatchObject([{ purpose: "email-validation", to: "alice@example.org" }]);
  });

  it("sends no text messages where there are none, and says so", async () => {
    const program = await composed("sms: { transport: none }");
    const answer = await requestToken(program, "secret", phone);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errcode: "M_DESTINATION_REJECTED" });
    expect((await requestToken(program, "secret", email)).status).toBe(200);
    const { homeserver } = program.services;
    const register = new Request("http://example.org/_matrix/client/v3/register", { method: "POST", body: "{}" });
    const offered: unknown = await (await homeserver?.server.fetch(register))?.json();
    expect(offered).toMatchObject({ flows: [{ stages: ["m.login.dummy"] }, { stages: ["m.login.email.identity"] }] });
  });

  it.each([
    ["1/h", [200, 429]],
    ["2/10m", [200, 200, 429]],
    ["unlimited", Array(12).fill(200)],
  ])("counts what is sent to one address: %s", async (rate, statuses) => {
    const program = await composed(`limits: { send_address: ${rate} }`);
    const got: number[] = [];
    for (const [index] of statuses.entries()) got.push((await requestToken(program, `secret${index}`)).status);
    expect(got).toEqual(statuses);
  });
});

describe("the mailbox's listener", () => {
  it("shows what was sent, to GET and HEAD alone", async () => {
    const program = await composed();
    const { mailbox } = await program.listen();
    expect((await fetch(`${mailbox}/latest.txt`)).status).toBe(404);
    await requestToken(program, "one");
    const latest = await fetch(`${mailbox}/latest.txt`);
    expect(await latest.text()).toMatch(/http:\/\/localhost\/_matrix\S+submitToken\?\S+/);
    const head = await fetch(`${mailbox}/`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await fetch(`${mailbox}/`, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("administration", () => {
  it("issues tokens that the running server knows", async () => {
    const program = await composed();
    const administration = administrate(configuration());
    const token = await administration.issueToken("@alice:example.org");
    administration.close();
    const ask = (bearer: string) =>
      program.services.identity?.server.fetch(
        new Request("http://localhost/_matrix/identity/v2/3pid/getValidated3pid?sid=a&client_secret=b", {
          headers: { authorization: `Bearer ${bearer}` },
        }),
      );
    expect((await ask("nobody"))?.status).toBe(401);
    expect((await ask(token))?.status).toBe(404);
  });

  it("needs an identity server", () => {
    const { homeserver: _, ...rest } = configuration();
    const { identity, ...without } = rest;
    expect(identity).toBeDefined();
    expect(() => administrate(without)).toThrow("the configuration has no identity server");
  });
});

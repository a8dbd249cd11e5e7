/** Health, readiness and figures of a whole program, over their own port. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compose, type Program, type Urls } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import type { Courier, Mail } from "../../../runtime/ports/courier.js";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { fakeCourier, fakeSms, type Recorder } from "../fakes.js";

let folder: string;
let program: Program;
let urls: Urls;
let courier: Recorder<Mail> & Courier;

const configuration = (observe: object) =>
  parseConfiguration(
    JSON.stringify({
      identity: {
        server_name: "id.example.org",
        public_base_url: "http://localhost",
        listen: { port: 0 },
        database: join(folder, "identity.sqlite"),
        v1: { bind_any_mxid: true },
      },
      homeserver: {
        server_name: "example.org",
        public_base_url: "http://localhost",
        listen: { port: 0 },
        database: join(folder, "homeserver.sqlite"),
      },
      mailbox: { listen: { port: 0 } },
      log: { level: "silent" },
      observe,
    }),
    "test",
  );

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "threepid-observe-"));
  courier = fakeCourier();
  program = await compose(configuration({ enabled: true, listen: { port: 0 } }), {
    courier,
    sms: fakeSms(),
    homeservers: {
      userinfo: async (serverName) =>
        serverName === "example.org"
          ? { outcome: "answered", mxid: "@alice:example.org" }
          : { outcome: "unreachable", reason: "nobody" },
      onbind: async () => ({ outcome: "taken" }),
    },
  });
  urls = await program.listen();
});
afterEach(async () => {
  await program.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string) => {
  const response = await fetch(`${urls.observe}${path}`);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

const post = async (path: string, body: object, headers = {}) =>
  fetch(`${urls.identity}/_matrix/identity${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

/** The sample lines of one metric. */
const samples = async (name: string): Promise<readonly string[]> =>
  (await get("/metrics")).text.split("\n").filter((line) => line.startsWith(`${name}{`));

describe("those who watch", () => {
  it("are told that the program lives and is ready", async () => {
    expect(await get("/health")).toEqual({ status: 200, type: "application/json", text: '{"status":"ok"}\n' });
    expect(await get("/ready")).toMatchObject({
      status: 200,
      text: '{"ready":true,"checks":{"listening":"ok","identity database":"ok","homeserver database":"ok"}}\n',
    });
    expect(await get("/elsewhere")).toMatchObject({ status: 404 });
    expect((await fetch(`${urls.observe}/ready`, { method: "POST" })).status).toBe(405);
  });

  it("are told to the end that a program which is being closed takes nothing more", async () => {
    let release = (): void => undefined;
    courier.close = () => new Promise((resolve) => (release = resolve));
    const closed = program.close();
    expect(await get("/ready")).toMatchObject({
      status: 503,
      text: '{"ready":false,"checks":{"listening":"failed"}}\n',
    });
    expect(await get("/health")).toMatchObject({ status: 200 });
    release();
    await closed;
    await expect(get("/health")).rejects.toThrow();
  });

  it("find nothing on the servers' own ports", async () => {
    for (const base of [urls.identity, urls.homeserver]) {
      for (const path of ["/health", "/ready", "/metrics"]) expect((await fetch(`${base}${path}`)).status).toBe(404);
    }
  });

  it("find no port where the operator wants none", async () => {
    const quiet = await compose(configuration({}), { courier, sms: fakeSms() });
    expect((await quiet.listen()).observe).toBeUndefined();
    await quiet.close();
  });
});

describe("figures", () => {
  it("count requests by service, operation and status", async () => {
    await fetch(`${urls.identity}/_matrix/identity/v2`);
    await fetch(`${urls.identity}/_matrix/identity/v2`);
    await fetch(`${urls.identity}/alice@example.org`);
    await fetch(`${urls.homeserver}/_matrix/client/versions`);
    await fetch(`${urls.homeserver}/_matrix/client/r0/account/whoami?access_token=secret`);
    expect(await samples("threepid_requests_total")).toEqual([
      'threepid_requests_total{service="identity",operation="pingV2",status="200"} 2',
      'threepid_requests_total{service="identity",operation="none",status="404"} 1',
      'threepid_requests_total{service="homeserver-v3",operation="getVersions",status="200"} 1',
      'threepid_requests_total{service="homeserver-r0",operation="getTokenOwner",status="401"} 1',
    ]);
    expect(await samples("threepid_request_seconds_count")).toContain(
      'threepid_request_seconds_count{service="identity",operation="pingV2"} 2',
    );
    const ofPings = (await samples("threepid_request_seconds_bucket")).filter((line) => line.includes('"pingV2"'));
    expect(ofPings).toHaveLength(14);
    expect(ofPings.at(-1)).toBe('threepid_request_seconds_bucket{service="identity",operation="pingV2",le="+Inf"} 2');
    const { type, text } = await get("/metrics");
    expect(text).toContain("\n# TYPE threepid_request_seconds histogram\n");
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it("count messages by medium and outcome", async () => {
    const ask = (email: string) =>
      post("/api/v1/validate/email/requestToken", { email, client_secret: "secret", send_attempt: 1 });
    await ask("a@example.org");
    courier.failure = new DeliveryError("refused", "no");
    await ask("b@example.org");
    courier.failure = new Error("broken");
    await ask("c@example.org");
    await post("/api/v1/validate/msisdn/requestToken", {
      country: "GB",
      phone_number: "07400000001",
      client_secret: "secret",
      send_attempt: 1,
    });
    expect(await samples("threepid_messages_total")).toEqual([
      'threepid_messages_total{medium="email",outcome="sent"} 1',
      'threepid_messages_total{medium="email",outcome="refused"} 1',
      'threepid_messages_total{medium="email",outcome="failed"} 1',
      'threepid_messages_total{medium="sms",outcome="sent"} 1',
    ]);
  });

  it("count homeservers that were asked, and lookups, and what waits in the outbox", async () => {
    const account = (matrix_server_name: string) =>
      post("/v2/account/register", { access_token: "t", token_type: "Bearer", expires_in: 1, matrix_server_name });
    const { token } = (await (await account("example.org")).json()) as { token: string }; // as its document says
    await account("evil.example");
    expect(await samples("threepid_homeserver_requests_total")).toEqual([
      'threepid_homeserver_requests_total{request="userinfo",outcome="answered"} 1',
      'threepid_homeserver_requests_total{request="userinfo",outcome="unreachable"} 1',
    ]);

    await fetch(`${urls.identity}/_matrix/identity/api/v1/lookup?medium=email&address=a@example.org`);
    const authorization = { authorization: `Bearer ${token}` };
    const details = await fetch(`${urls.identity}/_matrix/identity/v2/hash_details`, { headers: authorization });
    const { lookup_pepper: pepper } = (await details.json()) as { lookup_pepper: string }; // as its document says
    const addresses = ["a@example.org email", "b@example.org email"];
    await post("/v2/lookup", { algorithm: "none", pepper, addresses }, authorization);
    expect(await samples("threepid_lookup_addresses_total")).toEqual([
      'threepid_lookup_addresses_total{version="v1"} 1',
      'threepid_lookup_addresses_total{version="v2"} 2',
    ]);
    expect(await samples("threepid_lookup_found_total")).toEqual([
      'threepid_lookup_found_total{version="v1"} 0',
      'threepid_lookup_found_total{version="v2"} 0',
    ]);

    expect(await samples("threepid_outbox_entries")).toEqual([]);
    let release = (): void => undefined;
    courier.gate = new Promise((resolve) => (release = resolve));
    const invite = { medium: "email", address: "new@example.org", room_id: "!r:example.org", sender: "@a:example.org" };
    await post("/api/v1/store-invite", invite);
    expect(await samples("threepid_outbox_entries")).toEqual([
      'threepid_outbox_entries{service="identity",kind="invite-mail"} 1',
    ]);
    expect((await samples("threepid_outbox_oldest_seconds"))[0]).toMatch(
      /^threepid_outbox_oldest_seconds\{.*\} \d{1,2}(\.\d+)?$/,
    );
    release();
  });

  it("name nobody", async () => {
    await post("/api/v1/validate/email/requestToken", {
      email: "alice@example.org",
      client_secret: "very_secret",
      send_attempt: 1,
    });
    await fetch(`${urls.identity}/_matrix/identity/api/v1/lookup?medium=email&address=alice@example.org`);
    await fetch(`${urls.identity}/_matrix/identity/v2/account`, { headers: { authorization: "Bearer a-token" } });
    expect((await get("/metrics")).text).not.toMatch(/alice|example\.org|very_secret|a-token/);
  });
});

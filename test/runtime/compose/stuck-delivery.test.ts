import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compose, type Program } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";

/** Takes connections, and says nothing. */
let stuck: Server;
const sockets = new Set<Socket>();
let program: Program;

beforeEach(async () => {
  stuck = createServer((socket) => sockets.add(socket.on("error", () => undefined))).listen(0, "127.0.0.1");
  await once(stuck, "listening");
  const { port } = stuck.address() as AddressInfo; // a TCP server has an address with a port
  program = await compose(
    parseConfiguration(
      `
identity: { server_name: localhost, public_base_url: "http://localhost", database: ":memory:" }
mail: { transport: smtp, host: 127.0.0.1, port: ${port}, timeout_ms: 300, from: a@example.org }
sms: { transport: gateway, url: "http://127.0.0.1:${port}/sms", timeout_ms: 300 }
log: { level: silent }
`,
      "test.yaml",
    ),
  );
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await program.close();
  await new Promise((resolve) => stuck.close(resolve));
});

const ask = async (path: string, body?: object): Promise<Response> => {
  const request = new Request(`http://localhost/_matrix/identity/api/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { identity } = program.services;
  if (identity === undefined) throw new Error("there is no identity server");
  return identity.server.fetch(request);
};

it.each([
  ["email", { email: "alice@example.org" }, "M_EMAIL_SEND_ERROR"],
  ["msisdn", { country: "GB", phone_number: "07400123456" }, "M_SEND_ERROR"],
])(
  "whoever asks by %s is told in bounded time that it was not sent, and nobody else waits",
  async (by, to, errcode) => {
    const started = performance.now();
    const asked = ask(`/validate/${by}/requestToken`, { ...to, client_secret: "secret", send_attempt: 1 });
    const first = await Promise.race([asked, ask("")]);
    expect(await first.json()).toEqual({});
    const answer = await asked;
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errcode });
    expect(performance.now() - started).toBeLessThan(8_000);
  },
);

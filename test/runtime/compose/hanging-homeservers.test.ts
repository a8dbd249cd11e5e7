/** What the identity server tells homeservers, while a crowd of them takes connections and says nothing. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { createIdentityInternalClient } from "../../../generated/identity-internal/index.js";
import { compose, type Program } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import type { Homeservers, OnbindAnswer } from "../../../runtime/ports/homeservers.js";
import { fakeCourier, fakeSms } from "../fakes.js";

const told: string[] = [];
let hanging: number;
let program: Program;
let bind: (user: string) => Promise<unknown>;

const onbind: Homeservers["onbind"] = (server, _association, signal) => {
  if (server === "good.example") {
    told.push(server);
    return Promise.resolve({ outcome: "taken" });
  }
  hanging += 1;
  return new Promise<OnbindAnswer>((resolve) =>
    signal?.addEventListener("abort", () => resolve({ outcome: "unreachable", reason: "called off" })),
  );
};

beforeEach(async () => {
  told.length = 0;
  hanging = 0;
  const configuration = parseConfiguration(
    JSON.stringify({
      identity: {
        server_name: "id.example.org",
        public_base_url: "http://localhost",
        listen: { port: 0 },
        database: ":memory:",
        internal: { enabled: true, listen: { port: 0 } },
      },
      mailbox: { listen: { port: 0 } },
      log: { level: "silent" },
    }),
    "test",
  );
  const userinfo: Homeservers["userinfo"] = async () => ({ outcome: "unreachable", reason: "nobody" });
  program = await compose(configuration, {
    courier: fakeCourier(),
    sms: fakeSms(),
    homeservers: { userinfo, onbind },
  });
  const { internal = "" } = await program.listen();
  const client = createIdentityInternalClient({ baseUrl: internal, retries: 0 });
  let count = 0;
  bind = (user) => {
    count += 1;
    return client.orThrow.internalBind({ body: { medium: "email", address: `${count}@example.org`, mxid: user } });
  };
});
afterEach(() => program.close());

it("reaches at once whoever answered last time", async () => {
  await bind("@alice:good.example");
  await expect.poll(() => told, { timeout: 20_000 }).toHaveLength(1);
  for (let i = 0; i < 60; i += 1) await bind(`@mallory:hangs${i}.example`);
  await expect.poll(() => hanging, { timeout: 20_000 }).toBe(24);
  for (const user of ["bob", "carol", "dave"]) await bind(`@${user}:good.example`);
  await expect.poll(() => told, { timeout: 20_000 }).toHaveLength(4);
  expect(hanging).toBe(24);
});

import { expect, it } from "vitest";
import { passwordCheck } from "../../../runtime/homeserver/domain/password-check.js";
import { stageChecks } from "../../../runtime/homeserver/domain/stage-checks.js";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { fakeLimiter } from "../fakes.js";
import { homeserver, password, registerUser } from "./homeserver.js";

const costing = (logN: number) => passwords(systemRandom, { cost: { logN, r: 8, p: 1 }, concurrency: 1, queue: 10 });

it("a password stage renews the hash of a right password that was made at another cost, and of no other", async () => {
  const server = homeserver();
  const { mxid } = await registerUser(server, "alice");
  const stored = async () => (await server.accounts.find(mxid))?.passwordHash ?? "";
  const old = await stored();
  const limiter = fakeLimiter();
  const check = stageChecks({
    accounts: server.accounts,
    checkPassword: passwordCheck({ accounts: server.accounts, passwords: costing(5), limiter }),
    limiter,
    resolve: async () => ({ name: mxid, mxid }),
    prove: async () => ({ outcome: "pending" }),
    isPermitted: () => true,
    invitedRegistrations: { reserve: async () => false },
  })["m.login.password"];
  const operation = { name: "password", flows: [], caller: mxid, parts: {}, clientIp: "192.0.2.1" } as const;
  const attempt = (tried: string) =>
    check({ type: "m.login.password", session: undefined, password: tried }, operation, {
      hash: "",
      offer: { flows: [] },
    });

  expect(await attempt("wrong")).toMatchObject({ outcome: "failed" });
  expect(await stored()).toBe(old);
  expect(await attempt(password)).toMatchObject({ outcome: "completed", mxid });
  const renewed = await stored();
  expect(await costing(5).verify(password, renewed)).toEqual({ matches: true, rehash: false });
  await attempt(password);
  expect(await stored()).toBe(renewed);
  server.close();
});

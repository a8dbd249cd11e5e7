import { afterEach, beforeEach, expect, it } from "vitest";
import { cleanUp } from "../../../runtime/homeserver/domain/clean-up.js";
import { type SingleUse, singleUse } from "../../../runtime/homeserver/domain/single-use.js";
import { protocolError } from "../../../runtime/protocol/errors.js";
import { type Homeserver, homeserver } from "./homeserver.js";

const claim = { interactiveSession: "session", provenSessions: [{ idServer: undefined, sid: "own" }] };
const spent = { errcode: "M_FORBIDDEN" };

let server: Homeserver;
let use: SingleUse;
let carriedOut: number;
const operation = async () => {
  carriedOut += 1;
  return "done";
};

beforeEach(async () => {
  carriedOut = 0;
  server = homeserver();
  use = singleUse({ ...server.storage, clock: server.clock, cleanUp: cleanUp(server) });
  await server.storage.interactiveSessions.open({ hash: "session", operation: "password", offer: "{}", createdAt: 1 });
  await server.storage.validationSessions.resumeOrOpen(
    {
      medium: "email",
      address: "alice@example.org",
      destination: "alice@example.org",
      sid: "own",
      clientSecret: "secret",
      token: "t",
      nextLink: undefined,
      createdAt: 1,
    },
    { expiredBefore: 0, maxWrongTokens: 5 },
  );
});
afterEach(() => server.close());

const validation = () => server.storage.validationSessions.find("own");

it("carries an operation out once, whoever asks at the same time, and ends the homeserver's own session", async () => {
  const results = await Promise.allSettled([use(claim, operation), use(claim, operation)]);
  expect(results).toMatchObject([
    { status: "fulfilled", value: "done" },
    { status: "rejected", reason: spent },
  ]);
  expect([carriedOut, await validation()]).toEqual([1, undefined]);
});

it("gives back what an operation that refused did not use", async () => {
  const refusal = protocolError("M_USER_IN_USE");
  await expect(use(claim, () => Promise.reject(refusal))).rejects.toBe(refusal);
  expect(await validation()).toMatchObject({ sid: "own" });
  expect(await use(claim, operation)).toBe("done");
});

it("keeps spent what an operation used that ended nobody knows how", async () => {
  const failure = new Error("the database went away");
  await expect(use(claim, () => Promise.reject(failure))).rejects.toBe(failure);
  await expect(use(claim, operation)).rejects.toMatchObject(spent);
  expect(carriedOut).toBe(0);
});

it("answers what was carried out, whatever becomes of the homeserver's own session", async () => {
  const failing = { ...server.storage.validationSessions, delete: () => Promise.reject(new Error("the disk is full")) };
  const ports = { ...server.storage, clock: server.clock, cleanUp: cleanUp(server) };
  expect(await singleUse({ ...ports, validationSessions: failing })(claim, operation)).toBe("done");
  expect(server.log.lines).toEqual([expect.stringMatching(/^error .*the disk is full/)]);
  await expect(use(claim, operation)).rejects.toMatchObject(spent);
});

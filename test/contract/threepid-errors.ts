/** What adding, removing and confirming addresses of accounts is refused with. */

import { expect } from "vitest";
import type { Contract, Given } from "./contract.js";
import type { R0Operation as OperationId } from "./eras.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { identityName } from "./names.js";
import { answerInstead, hangUp, letThrough, matrixError } from "./relay-errors.js";
import { isForPhones, requestFor } from "./request-token-errors.js";
import { homeserverRows } from "./rows.js";
import type { World } from "./world.js";

const posts = ["submitUrlEmailPost", "submitUrlMsisdnPost"] as const;
type SubmitUrl = (typeof posts)[number];
const atIdentityServer = { id_server: identityName };

const addFrom = async (
  world: World,
  session: journey.Session,
  given: object = {},
  creds: object = {},
): Promise<Given> => {
  const { token } = await journey.registered(world);
  return { token, json: { three_pid_creds: { ...journey.sessionOf(session), ...creds }, ...given } };
};

export const threepidErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 403,
    when: "nobody submitted the token",
    operations: ["post3PIDs"],
    arrange: async (world) => addFrom(world, await journey.ownEmailSession(world, "To3PID")),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 403,
    when: "the session is unknown",
    operations: ["post3PIDs"],
    arrange: (world) => addFrom(world, { sid: "unknown", client_secret: "secret" }, {}, atIdentityServer),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 403,
    when: "a day has passed since it was validated",
    operations: ["post3PIDs"],
    arrange: async (world) => {
      const session = await journey.ownEmail(world, "To3PID");
      world.advance(24 * 60 * 60 * 1000);
      return addFrom(world, session);
    },
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 403,
    when: "the identity server confirmed another mailbox, which only folding makes the same address",
    operations: ["post3PIDs"],
    arrange: (world) => {
      const confirmed = { medium: "email", address: "admin@stra\u00dfe.example", validated_at: 1 };
      answerInstead(200, JSON.stringify(confirmed))(world, /getValidated3pid/);
      return addFrom(world, { sid: "some", client_secret: "secret" }, {}, atIdentityServer);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_SERVER_NOT_TRUSTED",
    status: 400,
    when: "the identity server is a stranger",
    operations: ["post3PIDs"],
    arrange: (world) => addFrom(world, { sid: "some", client_secret: "secret" }, {}, { id_server: "stranger.example" }),
  },
  {
    errcode: "M_THREEPID_IN_USE",
    status: 400,
    when: "another account has the address meanwhile",
    operations: ["post3PIDs"],
    arrange: async (world) => {
      const address = journey.freshEmail(world);
      const session = await journey.ownEmail(world, "To3PID", address);
      await journey.accountWithEmail(world, address);
      return addFrom(world, session);
    },
  },
  {
    errcode: "M_THREEPID_DENIED",
    status: 403,
    when: "an identity server confirmed what the operator denies",
    operations: ["post3PIDs"],
    arrange: async (world) => {
      const address = `${world.fresh("user")}@denied.example`;
      return addFrom(world, await journey.validatedEmail(world, address), {}, atIdentityServer);
    },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "an identity server is to bind what it did not confirm",
    operations: ["post3PIDs"],
    arrange: async (world) => addFrom(world, await journey.ownEmail(world, "To3PID"), { bind: true }),
  },
  {
    errcode: "M_SESSION_EXPIRED",
    status: 404,
    when: "the identity server does not bind, in its own words",
    operations: ["post3PIDs"],
    arrange: async (world) => {
      answerInstead(404, matrixError("M_SESSION_EXPIRED"))(world, /3pid\/bind/);
      return addFrom(world, await journey.validatedEmail(world), { bind: true }, atIdentityServer);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server hangs up instead of binding",
    operations: ["post3PIDs"],
    arrange: async (world) => {
      hangUp(world, /3pid\/bind/);
      return addFrom(world, await journey.validatedEmail(world), { bind: true }, atIdentityServer);
    },
    tidy: letThrough,
  },
  ...(
    [
      ["M_NO_VALID_SESSION", 404, 404],
      ["M_UNKNOWN", 500, 502],
    ] as const
  ).map(
    ([errcode, said, status]): ErrorRow<OperationId> => ({
      errcode,
      status,
      when: `the identity server refuses to unbind with ${said}`,
      operations: ["delete3pidFromAccount"],
      arrange: (world, id) => {
        answerInstead(said, matrixError(errcode))(world, /3pid\/unbind/);
        return homeserverRows[id].prepare(world);
      },
      tidy: letThrough,
    }),
  ),
];

const openSession = (world: World, id: OperationId) =>
  isForPhones(id) ? journey.ownPhoneSession(world, "ToRegister") : journey.ownEmailSession(world, "ToRegister");

/** A session that the identity server keeps, though its code is submitted to the homeserver. */
const delegatedPhone = async (world: World) => {
  const given = requestFor(world, "requestTokenTo3PIDMSISDN", atIdentityServer);
  const { client_secret } = given.json as { readonly client_secret: string }; // made by requestFor
  const { sid } = await world.proxying.succeed("requestTokenTo3PIDMSISDN", given);
  return { sid, client_secret };
};

/** The same in both eras. */
export const submitUrlErrors = (proxying: (world: World) => Contract<SubmitUrl>): readonly ErrorRow<SubmitUrl>[] => [
  {
    errcode: "M_TOKEN_INCORRECT",
    status: 400,
    when: "the identity server says so",
    operations: ["submitUrlMsisdnPost"],
    over: proxying,
    arrange: async (world) => ({ json: { ...(await delegatedPhone(world)), token: "wrong" } }),
    also: ({ body }) => expect(body["success"]).toBe(false),
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server hangs up",
    operations: ["submitUrlMsisdnPost"],
    over: proxying,
    arrange: async (world) => {
      const session = await delegatedPhone(world);
      hangUp(world, /submitToken/);
      return { json: { ...session, token: "wrong" } };
    },
    tidy: letThrough,
  },
  {
    errcode: "M_TOKEN_INCORRECT",
    status: 400,
    when: "the token is wrong",
    operations: posts,
    arrange: async (world, id) => ({ json: { ...journey.submissionOf(await openSession(world, id)), token: "wrong" } }),
    also: ({ body }) => expect(body["success"]).toBe(false),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the session is unknown",
    operations: posts,
    arrange: () => ({ json: { sid: "unknown", client_secret: "secret", token: "token" } }),
  },
  {
    errcode: "M_SESSION_EXPIRED",
    status: 400,
    when: "five tokens were wrong, though the sixth is right",
    operations: posts,
    arrange: async (world, id) => {
      const json = journey.submissionOf(await openSession(world, id));
      for (let tries = 0; tries < 5; tries += 1) {
        expect(await world.homeserver.call(id, { json: { ...json, token: "wrong" } })).toMatchObject({
          errcode: "M_TOKEN_INCORRECT",
        });
      }
      return { json };
    },
  },
];

/** Every error that the client-server API's sections name, each in the state that leads to it. */

import { expect, test } from "vitest";
import type { OperationId } from "../../generated/client-server/index.js";
import type { Given } from "./contract.js";
import * as journey from "./journeys.js";
import type { Answered } from "./judge.js";
import { homeserverRows } from "./rows.js";
import { type HomeserverContract, identityName, type World } from "./world.js";

interface ErrorRow {
  readonly errcode: string;
  readonly status: number;
  readonly when: string;
  readonly operations: readonly OperationId[];
  arrange(world: World, id: OperationId): Given | Promise<Given>;
  tidy?(world: World): void;
  readonly over?: (world: World) => HomeserverContract;
  readonly also?: (answered: Answered) => void;
}

const emailRequests = [
  "requestTokenToRegisterEmail",
  "requestTokenTo3PIDEmail",
  "requestTokenToResetPasswordEmail",
] as const;
const msisdnRequests = [
  "requestTokenToRegisterMSISDN",
  "requestTokenTo3PIDMSISDN",
  "requestTokenToResetPasswordMSISDN",
] as const;
const requests = [...emailRequests, ...msisdnRequests];
const joining = requests.filter((id) => !id.includes("Reset"));
const resetting = requests.filter((id) => id.includes("Reset"));
const names = ["register", "checkUsernameAvailability"] as const;
const proving = ["changePassword", "deactivateAccount"] as const;
const posts = ["submitUrlEmailPost", "submitUrlMsisdnPost"] as const;

const isForPhones = (id: OperationId): boolean => id.toLowerCase().includes("msisdn");

/** A request for a token for an address that no account has. */
export const requestFor = (world: World, id: OperationId, given: object = {}): Given => {
  const { country, phone_number } = world.freshPhone();
  const address = isForPhones(id) ? { country, phone_number } : { email: journey.freshEmail(world) };
  return { json: { client_secret: world.fresh("secret"), send_attempt: 1, ...address, ...given } };
};

const named = (id: OperationId, username: string): Given =>
  id === "register" ? { json: { username } } : { query: { username } };

const proxying = ({ proxying: over }: World): HomeserverContract => over;
const atIdentityServer = { id_server: identityName };

const withJson = (given: Given, changed: object): Given => ({ ...given, json: { ...(given.json as object), ...changed } }); // rows have objects

const answerInstead =
  (status: number, body: string) =>
  (world: World, path: RegExp): void => {
    world.relay.intercept = (asked) => (path.test(asked) ? { status, body } : undefined);
  };
const hangUp = (world: World, path: RegExp): void => {
  world.relay.intercept = (asked) => (path.test(asked) ? "hang-up" : undefined);
};
const letThrough = (world: World): void => {
  world.relay.intercept = undefined;
};
const matrixError = (errcode: string): string => JSON.stringify({ errcode, error: "The other server said so." });

const addFrom = async (world: World, session: journey.Session, given: object = {}, creds: object = {}): Promise<Given> => {
  const { token } = await journey.registered(world);
  return { token, json: { three_pid_creds: { ...journey.sessionOf(session), ...creds }, ...given } };
};

const requestTokenRows: readonly ErrorRow[] = [
  {
    errcode: "M_INVALID_EMAIL",
    status: 400,
    when: "the address is none",
    operations: emailRequests,
    arrange: (world, id) => requestFor(world, id, { email: "no address" }),
  },
  {
    errcode: "M_INVALID_ADDRESS",
    status: 400,
    when: "the number is none of its country",
    operations: msisdnRequests,
    arrange: (world, id) => requestFor(world, id, { phone_number: "123" }),
  },
  {
    errcode: "M_THREEPID_DENIED",
    status: 403,
    when: "the operator denies the address",
    operations: requests,
    arrange: (world, id) => requestFor(world, id, { email: "a@denied.example", phone_number: "0121 234 5678" }),
  },
  {
    errcode: "M_THREEPID_DENIED",
    status: 403,
    when: "the operator allows other addresses only",
    operations: requests,
    over: proxying,
    arrange: (world, id) => requestFor(world, id, { email: "a@elsewhere.test", phone_number: "0121 234 5678" }),
  },
  {
    errcode: "M_THREEPID_IN_USE",
    status: 400,
    when: "an account has the address",
    operations: joining,
    arrange: async (world, id) => {
      if (!isForPhones(id)) {
        return requestFor(world, id, { email: (await journey.accountWithEmail(world)).address.toUpperCase() });
      }
      const { country, phone_number } = await journey.accountWithPhone(world);
      return requestFor(world, id, { country, phone_number });
    },
  },
  {
    errcode: "M_THREEPID_NOT_FOUND",
    status: 400,
    when: "no account has the address",
    operations: resetting,
    arrange: (world, id) => requestFor(world, id),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "next_link is no link of the web",
    operations: joining,
    arrange: (world, id) => requestFor(world, id, { next_link: "data:text/html,x" }),
  },
  {
    errcode: "M_EMAIL_SEND_ERROR",
    status: 400,
    when: "the mail server refuses the recipient",
    operations: joining.filter((id) => !isForPhones(id)),
    arrange: (world, id) => {
      world.mail.refuse = true;
      return requestFor(world, id);
    },
    tidy: (world) => {
      world.mail.refuse = false;
    },
  },
  {
    errcode: "M_SEND_ERROR",
    status: 400,
    when: "the gateway fails",
    operations: joining.filter(isForPhones),
    arrange: (world, id) => {
      world.sms.status = 503;
      return requestFor(world, id);
    },
    tidy: (world) => {
      world.sms.status = 200;
    },
  },
  {
    errcode: "M_MISSING_PARAM",
    status: 400,
    when: "identity servers validate and none is named",
    operations: requests,
    over: proxying,
    arrange: (world, id) => requestFor(world, id),
  },
  {
    errcode: "M_SERVER_NOT_TRUSTED",
    status: 400,
    when: "the identity server is a stranger",
    operations: requests,
    over: proxying,
    arrange: (world, id) => requestFor(world, id, { id_server: "stranger.example" }),
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server cannot be reached",
    operations: joining,
    over: proxying,
    arrange: (world, id) => {
      hangUp(world, /requestToken/);
      return requestFor(world, id, atIdentityServer);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server answers something else",
    operations: joining,
    over: proxying,
    arrange: (world, id) => {
      answerInstead(200, "<html>")(world, /requestToken/);
      return requestFor(world, id, atIdentityServer);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_TERMS_NOT_SIGNED",
    status: 403,
    when: "the identity server wants its terms signed",
    operations: joining,
    over: proxying,
    arrange: (world, id) => {
      answerInstead(403, matrixError("M_TERMS_NOT_SIGNED"))(world, /v2.*requestToken/);
      return requestFor(world, id, { ...atIdentityServer, id_access_token: "abc" });
    },
    tidy: letThrough,
  },
  {
    errcode: "M_NOT_FOUND",
    status: 404,
    when: "the identity server says so",
    operations: joining,
    over: proxying,
    arrange: (world, id) => {
      answerInstead(404, matrixError("M_NOT_FOUND"))(world, /requestToken/);
      return requestFor(world, id, atIdentityServer);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the identity server does not know the client's token for it",
    operations: joining,
    over: proxying,
    arrange: (world, id) => requestFor(world, id, { ...atIdentityServer, id_access_token: "nobodys" }),
  },
];

const accountRows: readonly ErrorRow[] = [
  {
    errcode: "M_USER_IN_USE",
    status: 400,
    when: "somebody has the name",
    operations: names,
    arrange: async (world, id) => {
      const [localpart = ""] = (await journey.registered(world)).userId.slice(1).split(":");
      return named(id, localpart);
    },
  },
  {
    errcode: "M_INVALID_USERNAME",
    status: 400,
    when: "the name is none",
    operations: names,
    arrange: (_world, id) => named(id, "A B"),
  },
  {
    errcode: "M_INVALID_USERNAME",
    status: 400,
    when: "the user ID would be too long",
    operations: names,
    arrange: (_world, id) => named(id, "a".repeat(250)),
  },
  {
    errcode: "M_EXCLUSIVE",
    status: 400,
    when: "the name is an application service's",
    operations: names,
    arrange: (_world, id) => named(id, "irc_alice"),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "registration is closed",
    operations: ["register"],
    over: ({ concealing }) => concealing,
    arrange: () => ({ json: {} }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "there are no guests",
    operations: ["register"],
    over: proxying,
    arrange: () => ({ query: { kind: "guest" }, json: {} }),
  },
  {
    errcode: "M_WEAK_PASSWORD",
    status: 400,
    when: "the password is too short",
    operations: ["register", "changePassword"],
    arrange: () => ({ json: { password: "short", new_password: "short" } }),
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 401,
    when: "the stage is unknown",
    operations: ["register", ...proving],
    arrange: () => ({ json: { new_password: journey.password, auth: { type: "m.login.unknown" } } }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 401,
    when: "the interactive session is unknown",
    operations: ["register", ...proving],
    arrange: () => ({ json: { new_password: journey.password, auth: { type: "m.login.dummy", session: "unknown" } } }),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 401,
    when: "nobody submitted the token",
    operations: ["register"],
    arrange: async (world) => ({ json: { auth: journey.emailAuth(await journey.ownEmailSession(world, "ToRegister")) } }),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 401,
    when: "the session was opened for another purpose",
    operations: ["register", ...proving],
    arrange: async (world) => ({
      json: { new_password: journey.password, auth: journey.emailAuth(await journey.ownEmail(world, "To3PID")) },
    }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 401,
    when: "the password is wrong",
    operations: proving,
    arrange: async (world) => {
      const { token } = await journey.registered(world);
      return { token, json: { new_password: journey.password, auth: { type: "m.login.password", password: "wrong" } } };
    },
  },
  {
    errcode: "M_MISSING_PARAM",
    status: 400,
    when: "the stage wants a password and none is given",
    operations: proving,
    arrange: async (world) => {
      const { token } = await journey.registered(world);
      return { token, json: { new_password: journey.password, auth: { type: "m.login.password" } } };
    },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "what identifies the user is none",
    operations: ["register", ...proving],
    arrange: () => ({ json: { new_password: journey.password, auth: { type: "m.login.password", identifier: 7 } } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "id_server is no server's name",
    operations: ["deactivateAccount", "delete3pidFromAccount"],
    arrange: async (world, id) => withJson(await homeserverRows[id].prepare(world), { id_server: "a/b@c" }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "a guest asks",
    operations: [...proving, "post3PIDs", "delete3pidFromAccount"],
    arrange: async (world, id) => ({
      ...(await homeserverRows[id].prepare(world)),
      token: (await journey.guest(world)).token,
    }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the token is not the user's to act as",
    operations: ["getTokenOwner"],
    arrange: async (world) => ({
      token: (await journey.registered(world)).token,
      query: { user_id: "@other:example.org" },
    }),
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "the account was deactivated",
    operations: ["getTokenOwner", "getAccount3PIDs", "post3PIDs", "delete3pidFromAccount", ...proving],
    arrange: async (world, id) => {
      const given = await homeserverRows.deactivateAccount.prepare(world);
      await world.homeserver.succeed("deactivateAccount", given);
      return { ...(await homeserverRows[id].prepare(world)), token: given.token };
    },
  },
];

const threepidRows: readonly ErrorRow[] = [
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
  ...([
    ["M_NO_VALID_SESSION", 404, 404],
    ["M_UNKNOWN", 500, 502],
  ] as const).map(
    ([errcode, said, status]): ErrorRow => ({
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

const submissionRows: readonly ErrorRow[] = [
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

const rows = [...requestTokenRows, ...accountRows, ...threepidRows, ...submissionRows];

export const describeHomeserverErrors = (world: () => World): void => {
  const cases = rows.flatMap((row) =>
    row.operations.map((id) => ({ id, errcode: row.errcode, when: row.when, row })),
  );
  test.each(cases)("$id: $errcode when $when", async ({ row, id }) => {
    const given = await row.arrange(world(), id);
    try {
      const answered = await (row.over?.(world()) ?? world().homeserver).call(id, given);
      expect(answered, answered.text).toMatchObject({ status: row.status, errcode: row.errcode });
      row.also?.(answered);
    } finally {
      row.tidy?.(world());
    }
  });
};

/** What v3 refuses threepids with, where its documents have operations or codes of their own. */

import type { Given } from "./contract.js";
import type { V3Operation } from "./eras.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { answerInstead, hangUp, letThrough, matrixError } from "./relay-errors.js";
import { requestTokenErrors } from "./request-token-errors.js";
import { homeserverV3Rows, provedAccount, sessionElsewhere } from "./rows-v3.js";
import { threepidErrors } from "./threepid-errors.js";
import type { HomeserverV3Contract, World } from "./world.js";

/** The same server, as clients speak to it now. */
const nowadays = (world: World, old: object): HomeserverV3Contract =>
  old === world.proxying ? world.v3.proxying : old === world.concealing ? world.v3.concealing : world.v3.main;

const isServed = (id: string): id is V3Operation => Object.hasOwn(homeserverV3Rows, id);

/** Codes of the identity service, which this API does not have. */
const inTodaysCodes = (errcode: string): string =>
  errcode === "M_INVALID_EMAIL" || errcode === "M_INVALID_ADDRESS" ? "M_INVALID_PARAM" : errcode;

type OldRow = (typeof requestTokenErrors)[number];

const inV3 = ({ over, operations, arrange, errcode, ...row }: OldRow): ErrorRow<V3Operation> => {
  const served = operations.flatMap((id) => (isServed(id) ? [id] : []));
  return {
    ...row,
    errcode: inTodaysCodes(errcode),
    operations: served,
    arrange: (world, id) => {
      const same = operations.find((it) => it === id);
      if (same === undefined) throw new Error(`${id} is not of this row`);
      return arrange(world, same);
    },
    ...(over === undefined ? {} : { over: (world: World) => nowadays(world, over(world)) }),
  };
};

/** Rows about binding along with adding, which v3 does not know. */
const isAboutBind = ({ when, operations }: OldRow): boolean =>
  operations.includes("post3PIDs") && / bind|instead of binding/.test(when);

const addBy = async (world: World, session: journey.Session): Promise<Given> => {
  const { token, auth } = await provedAccount(world);
  return { token, json: { ...journey.sessionOf(session), auth } };
};

const bindBy = async (world: World, given: object = {}): Promise<Given> => {
  const { token, userId } = await journey.registered(world);
  return { token, json: { ...(await sessionElsewhere(world, userId)), ...given } };
};

const additionErrors: readonly ErrorRow<V3Operation>[] = [
  {
    errcode: "M_MISSING_PARAM",
    status: 400,
    when: "no credentials are given under either name",
    operations: ["post3PIDs"],
    arrange: async (world) => ({ token: (await journey.registered(world)).token, json: {} }),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 400,
    when: "nobody submitted the token",
    operations: ["add3PID"],
    arrange: async (world) => addBy(world, await journey.ownEmailSession(world, "To3PID")),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 400,
    when: "the session is unknown",
    operations: ["add3PID"],
    arrange: (world) => addBy(world, { sid: "unknown", client_secret: "secret" }),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 400,
    when: "the session was used before",
    operations: ["add3PID"],
    arrange: async (world) => {
      const session = await journey.ownEmail(world, "To3PID");
      await world.v3.main.succeed("add3PID", await addBy(world, session));
      return addBy(world, session);
    },
  },
  {
    errcode: "M_THREEPID_IN_USE",
    status: 400,
    when: "another account has the address meanwhile",
    operations: ["add3PID"],
    arrange: async (world) => {
      const address = journey.freshEmail(world);
      const session = await journey.ownEmail(world, "To3PID", address);
      await journey.accountWithEmail(world, address);
      return addBy(world, session);
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 401,
    when: "the password is wrong",
    operations: ["add3PID"],
    arrange: async (world) => {
      const { token, userId } = await journey.registered(world, { password: journey.password });
      const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password: "wrong" };
      return { token, json: { sid: "1", client_secret: "secret", auth } };
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "nothing proves whose the account is",
    operations: ["add3PID"],
    arrange: async (world) => {
      const { token } = await journey.registered(world);
      return { token, json: { sid: "1", client_secret: "secret" } };
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "a guest asks",
    operations: ["post3PIDs", "add3PID", "bind3PID", "unbind3pidFromAccount", "delete3pidFromAccount"],
    arrange: async (world, id) => {
      const { token } = await journey.guest(world);
      return { ...(await homeserverV3Rows[id].prepare(world)), token };
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the operator lets nobody change addresses",
    operations: [
      "requestTokenTo3PIDEmail",
      "requestTokenTo3PIDMSISDN",
      "post3PIDs",
      "add3PID",
      "delete3pidFromAccount",
    ],
    over: ({ v3 }) => v3.fixed,
    arrange: (world, id) => homeserverV3Rows[id].prepare(world),
  },
];

const mediumErrors: readonly ErrorRow<V3Operation>[] = [
  {
    errcode: "M_THREEPID_MEDIUM_NOT_SUPPORTED",
    status: 400,
    when: "phone numbers are not taken",
    operations: ["requestTokenToRegisterMSISDN", "requestTokenToResetPasswordMSISDN"],
    over: ({ v3 }) => v3.fixed,
    arrange: (world, id) => homeserverV3Rows[id].prepare(world),
  },
];

const bindingErrors: readonly ErrorRow<V3Operation>[] = [
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "id_server is no server's name",
    operations: ["bind3PID", "unbind3pidFromAccount", "delete3pidFromAccount"],
    arrange: async (world, id) => {
      const { json, ...given } = await homeserverV3Rows[id].prepare(world);
      return { ...given, json: { ...(json as object), id_server: "id.example.org/path" } }; // made by the rows
    },
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server is nobody's that can be reached",
    operations: ["bind3PID"],
    arrange: (world) => bindBy(world, { id_server: "127.0.0.1:1" }),
  },
  {
    errcode: "M_NO_VALID_SESSION",
    status: 404,
    when: "the identity server does not know the session",
    operations: ["bind3PID"],
    arrange: (world) => bindBy(world, { sid: "unknown" }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the identity server does not know the token",
    operations: ["bind3PID"],
    arrange: (world) => bindBy(world, { id_access_token: "nobodys" }),
  },
  {
    errcode: "M_TERMS_NOT_SIGNED",
    status: 403,
    when: "the identity server wants its terms signed",
    operations: ["bind3PID"],
    arrange: (world) => {
      answerInstead(403, matrixError("M_TERMS_NOT_SIGNED"))(world, /v2\/3pid\/bind/);
      return bindBy(world);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server hangs up instead of binding",
    operations: ["bind3PID"],
    arrange: (world) => {
      hangUp(world, /3pid\/bind/);
      return bindBy(world);
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server confirms what is no address here",
    operations: ["bind3PID"],
    arrange: (world) => {
      const confirmed = { medium: "pigeon", address: "coo", validated_at: world.now() };
      answerInstead(200, JSON.stringify(confirmed))(world, /getValidated3pid/);
      return bindBy(world);
    },
    tidy: letThrough,
  },
  ...(
    [
      ["M_FORBIDDEN", 403, 403],
      ["M_NO_VALID_SESSION", 404, 404],
      ["M_UNKNOWN", 500, 502],
    ] as const
  ).map(
    ([errcode, said, status]): ErrorRow<V3Operation> => ({
      errcode,
      status,
      when: `the identity server refuses to unbind with ${said}`,
      operations: ["unbind3pidFromAccount", "delete3pidFromAccount"],
      arrange: (world, id) => {
        answerInstead(said, matrixError(errcode))(world, /3pid\/unbind/);
        return homeserverV3Rows[id].prepare(world);
      },
      tidy: letThrough,
    }),
  ),
];

export const threepidErrorsV3: readonly ErrorRow<V3Operation>[] = [
  ...requestTokenErrors.map(inV3),
  ...threepidErrors.filter((row) => !isAboutBind(row)).map(inV3),
  ...mediumErrors,
  ...additionErrors,
  ...bindingErrors,
];

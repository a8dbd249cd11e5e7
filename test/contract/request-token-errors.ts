/** What the six requestToken operations of a homeserver are refused with. */

import type { Given } from "./contract.js";
import type { R0Operation as OperationId } from "./eras.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { identityName } from "./names.js";
import { answerInstead, hangUp, letThrough, matrixError } from "./relay-errors.js";
import type { HomeserverContract, World } from "./world.js";

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
export const isForPhones = (id: OperationId): boolean => id.toLowerCase().includes("msisdn");

const proxying = ({ proxying: over }: World): HomeserverContract => over;
const atIdentityServer = { id_server: identityName };

/** A request for a token for an address that no account has. */
export const requestFor = (world: World, id: OperationId, given: object = {}): Given => {
  const { country, phone_number } = world.freshPhone();
  const address = isForPhones(id) ? { country, phone_number } : { email: journey.freshEmail(world) };
  return { json: { client_secret: world.fresh("secret"), send_attempt: 1, ...address, ...given } };
};

/** The same for an address that the identity server confirmed, and that an account has where one is needed. */
const delegated = async (world: World, id: OperationId, given: object = {}): Promise<Given> => {
  if (!id.includes("Reset")) return requestFor(world, id, { ...atIdentityServer, ...given });
  const session = await (isForPhones(id) ? journey.validatedPhone(world) : journey.validatedEmail(world));
  const creds = { ...journey.sessionOf(session), ...atIdentityServer };
  const type = isForPhones(id) ? "m.login.msisdn" : "m.login.email.identity";
  await world.proxying.succeed("register", { json: { auth: { type, threepid_creds: creds } } });
  const address = isForPhones(id) ? { country: "GB", phone_number: `+${session.address}` } : { email: session.address };
  return requestFor(world, id, { ...address, ...atIdentityServer, ...given });
};

export const requestTokenErrors: readonly ErrorRow<OperationId>[] = [
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
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the token for the identity server can be none",
    operations: requests,
    over: proxying,
    arrange: (world, id) => requestFor(world, id, { ...atIdentityServer, id_access_token: "a\r\nb" }),
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server cannot be reached",
    operations: requests,
    over: proxying,
    arrange: async (world, id) => {
      const given = await delegated(world, id);
      hangUp(world, /requestToken/);
      return given;
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the identity server answers something else",
    operations: requests,
    over: proxying,
    arrange: async (world, id) => {
      const given = await delegated(world, id);
      answerInstead(200, "<html>")(world, /requestToken/);
      return given;
    },
    tidy: letThrough,
  },
  {
    errcode: "M_TERMS_NOT_SIGNED",
    status: 403,
    when: "the identity server wants its terms signed",
    operations: requests,
    over: proxying,
    arrange: async (world, id) => {
      const given = await delegated(world, id, { id_access_token: "abc" });
      answerInstead(403, matrixError("M_TERMS_NOT_SIGNED"))(world, /v2.*requestToken/);
      return given;
    },
    tidy: letThrough,
  },
  {
    errcode: "M_NOT_FOUND",
    status: 404,
    when: "the identity server says so",
    operations: requests,
    over: proxying,
    arrange: async (world, id) => {
      const given = await delegated(world, id);
      answerInstead(404, matrixError("M_NOT_FOUND"))(world, /requestToken/);
      return given;
    },
    tidy: letThrough,
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the identity server does not know the client's token for it",
    operations: requests,
    over: proxying,
    arrange: (world, id) => delegated(world, id, { id_access_token: "nobodys" }),
  },
];

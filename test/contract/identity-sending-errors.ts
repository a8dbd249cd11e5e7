/** Why the identity service does not send what proves an address. */

import type { OperationId } from "../../generated/identity/index.js";
import type { Given } from "./contract.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import type { World } from "./world.js";

const emailRequests = ["emailRequestToken", "emailRequestTokenV2"] as const;
const msisdnRequests = ["msisdnRequestToken", "msisdnRequestTokenV2"] as const;

const email = (world: World, address: string): Given => ({
  json: { client_secret: world.fresh("secret"), email: address, send_attempt: 1 },
});

const phone = (world: World, given: object = {}): Given => {
  const { country, phone_number } = world.freshPhone();
  return { json: { client_secret: world.fresh("secret"), country, phone_number, send_attempt: 1, ...given } };
};

export const sendingErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_INVALID_EMAIL",
    status: 400,
    when: "the address is none",
    operations: [...emailRequests],
    arrange: (world) => email(world, "no address"),
  },
  {
    errcode: "M_EMAIL_SEND_ERROR",
    status: 400,
    when: "the mail server refuses the recipient",
    operations: [...emailRequests],
    arrange: (world) => {
      world.mail.refuse = true;
      return email(world, journey.freshEmail(world));
    },
    tidy: (world) => {
      world.mail.refuse = false;
    },
  },
  {
    errcode: "M_INVALID_ADDRESS",
    status: 400,
    when: "the number is none of its country",
    operations: [...msisdnRequests],
    arrange: (world) => phone(world, { phone_number: "123" }),
  },
  {
    errcode: "M_INVALID_ADDRESS",
    status: 400,
    when: "there is no such country",
    operations: [...msisdnRequests],
    arrange: (world) => phone(world, { country: "XX" }),
  },
  {
    errcode: "M_SEND_ERROR",
    status: 400,
    when: "the gateway fails",
    operations: [...msisdnRequests],
    arrange: (world) => {
      world.sms.status = 500;
      return phone(world);
    },
    tidy: (world) => {
      world.sms.status = 200;
    },
  },
  {
    errcode: "M_DESTINATION_REJECTED",
    status: 400,
    when: "the operator sends nothing to its country",
    operations: [...msisdnRequests],
    arrange: (world) => phone(world, { country: "GB", phone_number: "+33612345678" }),
  },
  {
    errcode: "M_DESTINATION_REJECTED",
    status: 400,
    when: "the gateway never delivers there",
    operations: [...msisdnRequests],
    arrange: (world) => {
      world.sms.answer = "BLOCKED";
      return phone(world);
    },
    tidy: (world) => {
      world.sms.answer = "{}";
    },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "next_link is no link of the web",
    operations: [...emailRequests, ...msisdnRequests],
    arrange: (world, id) => {
      const { json } = id.startsWith("email") ? email(world, journey.freshEmail(world)) : phone(world);
      return { json: { ...(json as object), next_link: "javascript:alert(1)" } };
    },
  },
];

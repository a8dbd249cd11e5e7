/** Why the identity service takes no invite, or signs for none. */

import { expect } from "vitest";
import type { OperationId } from "../../generated/identity/index.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { blockedRoom } from "./names.js";

const { alice } = journey;
const dayMs = 24 * 60 * 60 * 1000;

const invites = ["storeInvite", "storeInviteV2"] as const;

export const inviteErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_INVALID_EMAIL",
    status: 400,
    when: "an invite goes to no address",
    operations: [...invites],
    arrange: () => ({ json: journey.inviteFor("no address", alice) }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the inviter is another than the caller",
    operations: ["storeInviteV2"],
    arrange: (world) => ({ json: journey.inviteFor(journey.freshEmail(world), "@bob:example.org") }),
  },
  {
    errcode: "M_THREEPID_IN_USE",
    status: 400,
    when: "the invited address belongs to a user, who is named",
    operations: [...invites],
    arrange: async (world) => {
      const { address } = await journey.boundEmail(world, "@owner:example.org");
      return { json: journey.inviteFor(address.toUpperCase(), alice) };
    },
    also: ({ body }) => expect(body["mxid"]).toBe("@owner:example.org"),
  },
  ...Object.entries({
    "the operator blocked the room": { room_id: blockedRoom },
    "the operator blocked a word of the room's name": { room_name: "Get CHEAP PILLS here" },
  }).map(
    ([when, given]): ErrorRow<OperationId> => ({
      errcode: "M_FORBIDDEN",
      status: 403,
      when,
      operations: [...invites],
      arrange: (world) => ({ json: { ...journey.inviteFor(journey.freshEmail(world), alice), ...given } }),
    }),
  ),
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the operator blocked the inviter's homeserver",
    operations: [...invites],
    arrange: async (world) => {
      const sender = "@anybody:blocked.example";
      return {
        token: await world.issueToken(sender),
        json: journey.inviteFor(journey.freshEmail(world), sender),
      };
    },
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 400,
    when: "a phone number is invited",
    operations: [...invites],
    arrange: () => ({ json: { ...journey.inviteFor("447400999999", alice), medium: "msisdn" } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the room ID is none",
    operations: [...invites],
    arrange: (world) => ({ json: { ...journey.inviteFor(journey.freshEmail(world), alice), room_id: "!" } }),
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 404,
    when: "no invite has the token",
    operations: ["blindlySignStuff", "blindlySignStuffV2"],
    arrange: () => ({ json: { mxid: alice, token: "none", private_key: "A".repeat(43) } }),
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 404,
    when: "the invite was used, for its address was bound",
    operations: ["blindlySignStuff", "blindlySignStuffV2"],
    arrange: async (world) => {
      const { token, address } = await journey.storedInvite(world);
      await journey.boundEmail(world, alice, address);
      return { json: { mxid: alice, token, private_key: "A".repeat(43) } };
    },
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 404,
    when: "the invite has expired",
    operations: ["blindlySignStuff", "blindlySignStuffV2"],
    arrange: async (world) => {
      const { token } = await journey.storedInvite(world);
      world.advance(90 * dayMs);
      return { json: { mxid: alice, token, private_key: "A".repeat(43) } };
    },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the private key is none",
    operations: ["blindlySignStuff", "blindlySignStuffV2"],
    arrange: async (world) => ({
      json: { mxid: alice, token: (await journey.storedInvite(world)).token, private_key: "short" },
    }),
  },
];

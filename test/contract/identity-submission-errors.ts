/** What submitting a token is refused with. */

import { expect } from "vitest";
import type { OperationId } from "../../generated/identity/index.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import type { World } from "./world.js";

const dayMs = 24 * 60 * 60 * 1000;

export const submissions = [
  "emailSubmitTokenPost",
  "emailSubmitTokenPostV2",
  "msisdnSubmitTokenPost",
  "msisdnSubmitTokenPostV2",
] as const;

const openSession = (world: World, id: OperationId) =>
  id.startsWith("msisdn") ? journey.phoneSession(world) : journey.emailSession(world);

export const submissionErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_TOKEN_INCORRECT",
    status: 400,
    when: "the token is wrong",
    operations: submissions,
    arrange: async (world, id) => ({ json: { ...journey.submissionOf(await openSession(world, id)), token: "wrong" } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the sid is unknown",
    operations: submissions,
    arrange: () => ({ json: { sid: "unknown", client_secret: "secret", token: "token" } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the secret is wrong",
    operations: submissions,
    arrange: async (world, id) => ({
      json: { ...journey.submissionOf(await openSession(world, id)), client_secret: "wrong" },
    }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the session is for the other medium",
    operations: submissions,
    arrange: async (world, id) => ({
      json: journey.submissionOf(
        await openSession(world, id.startsWith("msisdn") ? "emailSubmitTokenPost" : "msisdnSubmitTokenPost"),
      ),
    }),
  },
  {
    errcode: "M_SESSION_EXPIRED",
    status: 400,
    when: "a day has passed",
    operations: submissions,
    arrange: async (world, id) => {
      const session = await openSession(world, id);
      world.advance(dayMs);
      return { json: journey.submissionOf(session) };
    },
  },
  {
    errcode: "M_SESSION_EXPIRED",
    status: 400,
    when: "five tokens were wrong, though the sixth is right",
    operations: submissions,
    arrange: async (world, id) => {
      const session = await openSession(world, id);
      const token = await world.issueToken(journey.alice);
      for (let tries = 0; tries < 5; tries += 1) {
        const wrong = { ...journey.submissionOf(session), token: "000000x" };
        const { body } = await world.identity.call(id, { json: wrong, token });
        expect(body["errcode"]).toBe("M_TOKEN_INCORRECT");
      }
      return { json: journey.submissionOf(session) };
    },
  },
];

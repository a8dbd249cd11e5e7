/** Why the identity service knows no caller, no key and no address: accounts, terms, keys, lookups. */

import { expect } from "vitest";
import { type OperationId, operations } from "../../generated/identity/index.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { identityRows } from "./rows.js";

const { alice } = journey;

/** Whatever needs an access token, but for leaving, accepting, and what is proven by something else. */
const withTerms = (Object.keys(operations) as OperationId[]).filter(
  (id) => operations[id].auth === "required" && !["agreeToTerms", "logout"].includes(id),
); // the table's own keys

export const accountErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_NOT_FOUND",
    status: 404,
    when: "no key has the id",
    operations: ["getPubKey", "getPubKeyV2"],
    arrange: () => ({ params: { keyId: "ed25519:none" } }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 401,
    when: "the homeserver does not know the OpenID token",
    operations: ["registerAccount"],
    arrange: () => ({ json: { ...journey.openIdTokenOf(alice), access_token: "made up" } }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 401,
    when: "the homeserver names a user of another one",
    operations: ["registerAccount"],
    arrange: () => ({ json: journey.openIdTokenOf(alice, "evil.example") }),
  },
  {
    errcode: "M_UNKNOWN",
    status: 502,
    when: "the homeserver cannot be reached",
    operations: ["registerAccount"],
    arrange: () => ({ json: journey.openIdTokenOf(alice, "unreachable.example") }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the name is none of a homeserver",
    operations: ["registerAccount"],
    arrange: () => ({ json: journey.openIdTokenOf(alice, "https://example.org/path") }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the operator serves the users of other homeservers only",
    operations: [...new Set([...withTerms, "registerAccount", "bind", "unbind", "unbindV2", "storeInvite"] as const)],
    over: ({ restricted }) => restricted,
    arrange: (world, id) => identityRows[id].prepare(world),
    also: ({ text }) => expect(text).toContain("Users of this homeserver are not served here."),
  },
  {
    errcode: "M_TERMS_NOT_SIGNED",
    status: 403,
    when: "the user has not accepted the terms",
    operations: withTerms,
    over: (world) => world.withTerms,
    arrange: (world, id) => identityRows[id].prepare(world),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "no document of this server is at the URL",
    operations: ["agreeToTerms"],
    over: (world) => world.withTerms,
    arrange: () => ({ json: { user_accepts: ["https://elsewhere.example/terms"] } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the algorithm is not served, whatever the pepper",
    operations: ["lookupUsersV2"],
    arrange: () => ({ json: { algorithm: "md5", pepper: "stale", addresses: [] } }),
  },
  {
    errcode: "M_TOO_LARGE",
    status: 400,
    when: "more than 10,000 addresses are asked for, whatever the pepper",
    operations: ["lookupUsersV2"],
    arrange: () => ({
      json: { algorithm: "sha256", pepper: "stale", addresses: Array.from({ length: 10_001 }, () => "a") },
    }),
  },
  ...(["sha256", "none"] as const).map(
    (algorithm): ErrorRow<OperationId> => ({
      errcode: "M_INVALID_PEPPER",
      status: 400,
      when: `the pepper is another, with ${algorithm}; the answer names the current one`,
      operations: ["lookupUsersV2"],
      arrange: () => ({ json: { algorithm, pepper: "stale", addresses: [] } }),
      also: ({ body }) => {
        expect(body["algorithm"]).toBe(algorithm);
        expect(body["lookup_pepper"]).toMatch(/^[a-zA-Z0-9]{16,}$/);
      },
    }),
  ),
  {
    errcode: "M_TOO_LARGE",
    status: 413,
    when: "more than 10,000 addresses are asked for",
    operations: ["lookupUsers"],
    arrange: () => ({ json: { threepids: Array.from({ length: 10_001 }, () => ["email", "a@b.c"]) } }),
  },
];

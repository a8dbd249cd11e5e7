/** Every error that the identity service's sections name, each in the state that leads to it. */

import { expect } from "vitest";
import { type OperationId, operations } from "../../generated/identity/index.js";
import { signRequest } from "../../runtime/protocol/x-matrix.js";
import type { Given } from "./contract.js";
import { describeErrors, type ErrorRow } from "./error-row.js";
import { submissionErrors, submissions } from "./identity-submission-errors.js";
import * as journey from "./journeys.js";
import { identityRows } from "./rows.js";
import { blockedRoom, identityName, knownHomeserver, type World } from "./world.js";

const { alice } = journey;
const dayMs = 24 * 60 * 60 * 1000;

const email = (world: World, address: string): Given => ({
  json: { client_secret: world.fresh("secret"), email: address, send_attempt: 1 },
});

const phone = (world: World, given: object = {}): Given => {
  const { country, phone_number } = world.freshPhone();
  return { json: { client_secret: world.fresh("secret"), country, phone_number, send_attempt: 1, ...given } };
};

/** The same session as query or body, whichever the operation takes. */
const sessionFor = (id: OperationId, session: journey.Session): Given => {
  const named = journey.sessionOf(session);
  if (operations[id].body === null) return { query: { ...named } };
  const threepid = { medium: "email", address: "a@example.org" };
  return { json: { ...named, mxid: alice, ...(id.startsWith("unbind") ? { threepid } : {}) } };
};

const proofs = ["getValidated3pid", "getValidated3pidV2", "bind", "bindV2", "unbind", "unbindV2"] as const;
const emailRequests = ["emailRequestToken", "emailRequestTokenV2"] as const;
const msisdnRequests = ["msisdnRequestToken", "msisdnRequestTokenV2"] as const;
const invites = ["storeInvite", "storeInviteV2"] as const;
const unbinds = ["unbind", "unbindV2"] as const;

/** Whatever needs an access token, but for leaving, accepting, and what is proven by something else. */
const withTerms = (Object.keys(operations) as OperationId[]).filter(
  (id) => operations[id].auth === "required" && !["agreeToTerms", "logout"].includes(id),
); // the table's own keys

const unbindOf = (address: string, mxid = alice) => ({ mxid, threepid: { medium: "email", address } });

/** Signed by a homeserver, over the path that is called unless told otherwise. */
const signedBy =
  (mxid: string, address: string, changed: { path?: string; origin?: string } = {}) =>
  (id: OperationId): Given => {
    const json = unbindOf(address, mxid);
    const { path = operations[id].path, origin = knownHomeserver.name } = changed;
    const request = { method: "POST", uri: path, content: json };
    return { json, headers: { authorization: signRequest(request, origin, identityName, knownHomeserver.key) } };
  };

const rows: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_INVALID_EMAIL",
    status: 400,
    when: "the address is none",
    operations: [...emailRequests],
    arrange: (world) => email(world, "no address"),
  },
  {
    errcode: "M_INVALID_EMAIL",
    status: 400,
    when: "an invite goes to no address",
    operations: [...invites],
    arrange: () => ({ json: journey.inviteFor("no address", alice) }),
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
  {
    errcode: "M_SESSION_NOT_VALIDATED",
    status: 400,
    when: "nobody submitted the token",
    operations: proofs,
    arrange: async (world, id) => sessionFor(id, await journey.emailSession(world)),
  },
  {
    errcode: "M_SESSION_EXPIRED",
    status: 400,
    when: "a day has passed since it was validated",
    operations: proofs,
    arrange: async (world, id) => {
      const session = await journey.validatedEmail(world);
      world.advance(dayMs);
      return sessionFor(id, session);
    },
  },
  {
    errcode: "M_NO_VALID_SESSION",
    status: 404,
    when: "the secret is wrong",
    operations: proofs,
    arrange: async (world, id) => {
      const { sid } = await journey.validatedEmail(world);
      return sessionFor(id, { sid, client_secret: "wrong" });
    },
  },
  {
    errcode: "M_NO_VALID_SESSION",
    status: 404,
    when: "the sid is unknown",
    operations: proofs,
    arrange: (_world, id) => sessionFor(id, { sid: "unknown", client_secret: "secret" }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the user to bind is another than the caller",
    operations: ["bindV2"],
    arrange: async (world) => ({
      json: { ...journey.sessionOf(await journey.validatedEmail(world)), mxid: "@bob:example.org" },
    }),
  },
  {
    errcode: "M_UNAUTHORIZED",
    status: 403,
    when: "the inviter is another than the caller",
    operations: ["storeInviteV2"],
    arrange: (world) => ({ json: journey.inviteFor(journey.freshEmail(world), "@bob:example.org") }),
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 404,
    when: "the operator does not let version 1 act in anybody's name",
    operations: ["bind", "storeInvite"],
    over: ({ guardedV1 }) => guardedV1,
    arrange: (_world, id) =>
      id === "bind"
        ? sessionFor(id, { sid: "unknown", client_secret: "secret" })
        : { json: journey.inviteFor("a@example.org") },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the user ID is none",
    operations: ["bind", "bindV2", "unbind", "unbindV2", "blindlySignStuff", "blindlySignStuffV2"],
    arrange: async (world, id) => {
      const given = await identityRows[id].prepare(world);
      return { ...given, json: { ...(given.json as object), mxid: "@alice" } };
    },
  },
  {
    errcode: "M_MISSING_PARAMS",
    status: 400,
    when: "half a session is named",
    operations: [...unbinds],
    arrange: () => ({ json: { ...unbindOf("a@example.org"), sid: "some" } }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "neither session nor signature vouches",
    operations: [...unbinds],
    arrange: async (world) => ({ json: unbindOf((await journey.boundEmail(world)).address) }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the session is for another address",
    operations: [...unbinds],
    arrange: async (world) => {
      const { address } = await journey.boundEmail(world);
      return { json: { ...unbindOf(address), ...journey.sessionOf(await journey.validatedEmail(world)) } };
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the signature covers another request",
    operations: [...unbinds],
    arrange: (_world, id) => signedBy("@a:known.example", "a@example.org", { path: "/other" })(id),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "another homeserver than the user's signs",
    operations: [...unbinds],
    arrange: (_world, id) => signedBy("@a:example.org", "a@example.org")(id),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the homeserver's key is not known",
    operations: [...unbinds],
    arrange: (_world, id) => signedBy("@a:stranger.example", "a@example.org", { origin: "stranger.example" })(id),
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

const told: ReadonlySet<string> = new Set(submissions);

export const describeIdentityErrors = (world: () => World): void => {
  const token = async (current: World, id: OperationId) =>
    operations[id].auth === "required" ? current.issueToken(alice) : undefined;
  // Version 1 tells with status 200 why a token was not taken.
  const status = (id: OperationId, declared: number) => (told.has(id) && !id.endsWith("V2") ? 200 : declared);
  describeErrors([...rows, ...submissionErrors], { contract: ({ identity }) => identity, token, status }, world);
};

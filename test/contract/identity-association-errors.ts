/** Why the identity service neither says what a session proves, nor binds, nor unbinds. */

import { type OperationId, operations } from "../../generated/identity/index.js";
import { signRequest } from "../../runtime/protocol/x-matrix.js";
import type { Given } from "./contract.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { identityName, knownHomeserver } from "./names.js";
import { identityRows } from "./rows.js";

const { alice } = journey;
const dayMs = 24 * 60 * 60 * 1000;

/** The same session as query or body, whichever the operation takes. */
const sessionFor = (id: OperationId, session: journey.Session): Given => {
  const named = journey.sessionOf(session);
  if (operations[id].body === null) return { query: { ...named } };
  const threepid = { medium: "email", address: "a@example.org" };
  return { json: { ...named, mxid: alice, ...(id.startsWith("unbind") ? { threepid } : {}) } };
};

const proofs = ["getValidated3pid", "getValidated3pidV2", "bind", "bindV2", "unbind", "unbindV2"] as const;
const unbinds = ["unbind", "unbindV2"] as const;

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

export const associationErrors: readonly ErrorRow<OperationId>[] = [
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
];

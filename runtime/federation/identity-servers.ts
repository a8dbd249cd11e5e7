/** Asks identity servers by the generated client: version 2 where the client gave a token for it, else version 1. */

import type { CallOptions } from "../../generated/seam/client.js";
import type {
  IdentityServerAnswer,
  IdentityServers,
  RemoteSubmission,
  RemoteThreepid,
  RemoteToken,
  RemoteTokenRequest,
  RemoteValidation,
} from "../ports/identity-servers.js";
import type { Wording } from "../ports/wording.js";
import type { JsonValue } from "../protocol/canonical-json.js";
import type { SigningKey } from "../protocol/ed25519.js";
import type { Threepid } from "../protocol/threepid.js";
import { type DestinationField, signRequest } from "../protocol/x-matrix.js";
import {
  type Authorize,
  type IdentityServerReach,
  identityServerCalls,
  type Success,
  text,
} from "./identity-server-calls.js";
import { identityServerInvites } from "./identity-server-invites.js";

export interface IdentityServersOptions extends IdentityServerReach {
  /** The name of this homeserver, which it signs under. */
  readonly serverName: string;
  /** The key that signs now: it may be rotated while the server runs. */
  readonly signingKey: () => Promise<SigningKey>;
  /** The fields that name the identity server in what is signed: the next one is tried where a signature is refused. */
  readonly signedFor: readonly [DestinationField, ...DestinationField[]];
}

interface Unbind {
  readonly threepid: Threepid;
  readonly mxid: string;
  readonly signal: AbortSignal | undefined;
}

/** Whoever asked us is the one who will be written to. */
const inLanguageOf = (wording: Wording | undefined): CallOptions =>
  wording?.language === undefined ? {} : { headers: { "Accept-Language": wording.language } };

const tokenRequestBody = ({ clientSecret, sendAttempt, nextLink }: RemoteTokenRequest) => ({
  client_secret: clientSecret,
  send_attempt: sendAttempt,
  ...(nextLink === undefined ? {} : { next_link: nextLink }),
});

const readToken = ({ sid, msisdn, intl_fmt }: Success): RemoteToken | undefined =>
  typeof sid !== "string"
    ? undefined
    : {
        sid,
        ...(typeof msisdn === "string" ? { msisdn } : {}),
        ...(typeof intl_fmt === "string" ? { intlFmt: intl_fmt } : {}),
      };

const readSubmission = ({ success, errcode, error }: Success): RemoteSubmission | undefined =>
  typeof success === "boolean" ? { success, errcode: text(errcode), error: text(error) } : undefined;

const readThreepid = ({ medium, address }: Success): RemoteThreepid | undefined =>
  typeof medium === "string" && typeof address === "string" ? { medium, address } : undefined;

const readValidation = (body: Success): RemoteValidation | undefined => {
  const threepid = readThreepid(body);
  const validatedAt = body["validated_at"];
  return threepid === undefined || !Number.isSafeInteger(validatedAt)
    ? undefined
    : { ...threepid, validatedAt: Number(validatedAt) };
};

/** It may have been made out for another field than the one that the server checks. */
const refusesSignature = (answer: IdentityServerAnswer<unknown>): boolean =>
  answer.outcome === "refused" && (answer.status === 401 || answer.status === 403);

export const identityServers = (options: IdentityServersOptions): IdentityServers => {
  const { serverName, signingKey, signedFor } = options;
  const calls = identityServerCalls(options);
  const { withVersion, withEither } = calls;

  /** A signature over the whole request: the only credential of an unbind, since no token of a user says anything of it. */
  const signing =
    (name: string, field: DestinationField): Authorize =>
    async ({ method, target, body }) => {
      const request = { method, uri: target, content: contentOf(body) };
      return { authorization: signRequest(request, serverName, name, await signingKey(), field) };
    };

  const unbindSigned = (
    name: string,
    field: DestinationField,
    { threepid: { medium, address }, mxid, signal }: Unbind,
  ): Promise<IdentityServerAnswer<null>> => {
    const server = { name, authorize: signing(name, field) };
    const body = { mxid, threepid: { medium, address } };
    const options = signal === undefined ? {} : { signal };
    const read = () => null;
    return withEither(
      server,
      { operation: "unbindV2", call: (client) => client.unbindV2({ body }, options), read },
      { operation: "unbind", call: (client) => client.unbind({ body }, options), read },
    );
  };

  return {
    ...identityServerInvites(calls),

    requestEmailToken(server, request) {
      const body = { ...tokenRequestBody(request), email: request.email };
      const options = inLanguageOf(request.wording);
      const read = readToken;
      return withVersion(
        server,
        { operation: "emailRequestToken", call: (client) => client.emailRequestToken({ body }, options), read },
        { operation: "emailRequestTokenV2", call: (client) => client.emailRequestTokenV2({ body }, options), read },
      );
    },

    requestMsisdnToken(server, request) {
      const body = { ...tokenRequestBody(request), country: request.country, phone_number: request.phoneNumber };
      const options = inLanguageOf(request.wording);
      const read = readToken;
      return withVersion(
        server,
        { operation: "msisdnRequestToken", call: (client) => client.msisdnRequestToken({ body }, options), read },
        { operation: "msisdnRequestTokenV2", call: (client) => client.msisdnRequestTokenV2({ body }, options), read },
      );
    },

    submitToken(server, medium, { sid, clientSecret, token }) {
      const body = { sid, client_secret: clientSecret, token };
      const read = readSubmission;
      return medium === "email"
        ? withVersion(
            server,
            { operation: "emailSubmitTokenPost", call: (client) => client.emailSubmitTokenPost({ body }), read },
            { operation: "emailSubmitTokenPostV2", call: (client) => client.emailSubmitTokenPostV2({ body }), read },
          )
        : withVersion(
            server,
            { operation: "msisdnSubmitTokenPost", call: (client) => client.msisdnSubmitTokenPost({ body }), read },
            { operation: "msisdnSubmitTokenPostV2", call: (client) => client.msisdnSubmitTokenPostV2({ body }), read },
          );
    },

    getValidated3pid(server, { sid, clientSecret }) {
      const query = { sid, client_secret: clientSecret };
      const read = readValidation;
      return withVersion(
        server,
        { operation: "getValidated3pid", call: (client) => client.getValidated3pid({ query }), read },
        { operation: "getValidated3pidV2", call: (client) => client.getValidated3pidV2({ query }), read },
      );
    },

    bind(server, { sid, clientSecret }, mxid) {
      const body = { sid, client_secret: clientSecret, mxid };
      return withVersion(
        server,
        { operation: "bind", call: (client) => client.bind({ body }), read: readThreepid },
        { operation: "bindV2", call: (client) => client.bindV2({ body }), read: readThreepid },
      );
    },

    async unbind({ name }, threepid, mxid, signal) {
      const [first, ...others] = signedFor;
      let answer = await unbindSigned(name, first, { threepid, mxid, signal });
      for (const field of others) {
        if (!refusesSignature(answer)) break;
        answer = await unbindSigned(name, field, { threepid, mxid, signal });
      }
      return answer.outcome === "answered" ? { outcome: "answered", value: undefined } : answer;
    },
  };
};

/** What the signature covers: the body as whoever checks it will have parsed it. */
const contentOf = (body: unknown): JsonValue | undefined => {
  const json = text(body) ?? (body instanceof Uint8Array ? new TextDecoder().decode(body) : undefined);
  return json === undefined ? undefined : (JSON.parse(json) as JsonValue); // what JSON.parse answers is JSON
};

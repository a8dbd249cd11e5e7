/**
 * One call to an identity server by the generated client: where it is, what goes with the request, what the answer means.
 */

import { createIdentityClient, type IdentityClient, type OperationId } from "../../generated/identity/index.js";
import { responses } from "../../generated/identity/responses.js";
import type { ClientOptions } from "../../generated/seam/client.js";
import type { IdentityServer, IdentityServerAnswer } from "../ports/identity-servers.js";
import { type Heard, judgeAnswer } from "./identity-server-answer.js";

type Fetch = (request: Request) => Promise<Response>;

export interface IdentityServerReach {
  /** Where the servers that the operator lists are reached, by their name in `id_server`. */
  readonly baseUrls: ReadonlyMap<string, string>;
  /** For listed servers: their addresses are the operator's choice. */
  readonly fetchListed: Fetch;
  /** For all others: a client chose them, so every destination is checked. */
  readonly fetchUnlisted: Fetch;
}

export type Authorize = NonNullable<ClientOptions["authorize"]>;

/** A server as one call asks it. */
export interface Asked extends IdentityServer {
  readonly authorize?: Authorize;
}

export type Success = Readonly<Record<string, unknown>>;

export interface CallOf<Value> {
  readonly operation: OperationId;
  readonly call: (client: IdentityClient) => Promise<unknown>;
  /** Reads a body that fits the operation's success. */
  readonly read: (body: Success) => Value | undefined;
  /** Reads a refusal that answers the question all the same. */
  readonly readRefusal?: (body: Success) => Value | undefined;
}

export interface IdentityServerCalls {
  ask<Value>(server: Asked, call: CallOf<Value>): Promise<IdentityServerAnswer<Value>>;
  /** Version 2 where the client gave a token for it, else version 1. */
  withVersion<Value>(
    server: IdentityServer,
    v1: CallOf<Value>,
    v2: CallOf<Value>,
  ): Promise<IdentityServerAnswer<Value>>;
  /** Version 2, and version 1 where version 2 is not spoken: for what needs no token in either. */
  withEither<Value>(server: Asked, v2: CallOf<Value>, v1: CallOf<Value>): Promise<IdentityServerAnswer<Value>>;
}

export const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const speaksIt = (answer: IdentityServerAnswer<unknown>): boolean =>
  !(answer.outcome === "unsupported" && (answer.status === 404 || answer.status === 405));

export const identityServerCalls = (reach: IdentityServerReach): IdentityServerCalls => {
  const { baseUrls, fetchListed, fetchUnlisted } = reach;

  /** A client for one call, which keeps what it hears: the documents do not say what the body of every error is. */
  const clientFor = ({ name, accessToken, authorize }: Asked, hear: (heard: Heard) => void): IdentityClient => {
    const listedUrl = baseUrls.get(name);
    const send = listedUrl === undefined ? fetchUnlisted : fetchListed;
    return createIdentityClient({
      baseUrl: listedUrl ?? `https://${name}`,
      retries: 0,
      ...(accessToken === undefined ? {} : { accessToken }),
      async fetch(request) {
        const response = await send(request);
        const body = await response.text();
        hear({ status: response.status, body, retryAfter: response.headers.get("retry-after") ?? undefined });
        const bodiless = response.status === 204 || response.status === 205 || response.status === 304;
        return new Response(bodiless ? null : body, { status: response.status, headers: response.headers });
      },
      ...(authorize === undefined ? {} : { authorize }),
    });
  };

  const ask = async <Value>(
    server: Asked,
    { operation, call, read, readRefusal }: CallOf<Value>,
  ): Promise<IdentityServerAnswer<Value>> => {
    let heard: Heard | undefined;
    const client = clientFor(server, (answer) => {
      heard = answer;
    });
    // The call itself may reject an answer that no document declares; what was heard decides all the same.
    const failure = await call(client).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (heard === undefined) {
      return { outcome: "unreachable", reason: failure instanceof Error ? failure.message : "no answer" };
    }
    const success = responses[operation]["200"];
    return judgeAnswer(heard, (body) => (success?.(body) === undefined ? read(body) : undefined), readRefusal);
  };

  return {
    ask,
    withVersion: (server, v1, v2) => ask(server, server.accessToken === undefined ? v1 : v2),
    withEither: async (server, v2, v1) => {
      const answer = await ask(server, v2);
      return speaksIt(answer) ? answer : ask(server, v1);
    },
  };
};

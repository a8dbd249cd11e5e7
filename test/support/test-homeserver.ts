/**
 * A homeserver of the test network, as an identity server meets one: found by discovery, with keys, OpenID tokens and
 * an ear for bindings. It keeps what it is told, and misbehaves on demand.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type SigningKey, signingKeyOf } from "../../runtime/protocol/ed25519.js";
import { signJson } from "../../runtime/protocol/signed-json.js";
import { newSecret, systemRandom } from "../../runtime/protocol/tokens.js";
import { type DestinationField, type SignedRequest, signRequest } from "../../runtime/protocol/x-matrix.js";
import { type FoundBy, settle } from "./settlement.js";
import type { TestNetwork } from "./test-network.js";

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly host: string;
  readonly body: string;
}

/** An answer in place of its own. */
export type Misbehaviour =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "hangs up"
  | "never answers"
  | "never ends";

export interface TestHomeserver {
  readonly name: string;
  /** Where it is in the test network, for a test that names it otherwise. */
  readonly address: string;
  /** What arrived, oldest first; what was asked of its well-known file, too. */
  readonly received: readonly Received[];
  /** The bindings it was told of, oldest first: parsed bodies of `3pid/onbind`. */
  readonly bindings: readonly Readonly<Record<string, unknown>>[];
  readonly signingKey: SigningKey;
  /** Signs with a new key from now on, and publishes only that. */
  rotateKey(): SigningKey;
  /** A token as `openid/request_token` gives it to this user, for the body of the identity service's `register`. */
  openidToken(mxid: string): {
    readonly access_token: string;
    readonly token_type: "Bearer";
    readonly matrix_server_name: string;
    readonly expires_in: number;
  };
  /** The `Authorization` header of a request that it signs for another server. */
  authorize(request: SignedRequest, destination: string, field?: DestinationField): string;
  /** Looks at each request first; undefined lets it through. */
  intercept: ((request: Received) => Misbehaviour | undefined) | undefined;
}

const hourMs = 3_600_000;

const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
};

const unknown = { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" };

const misbehave = (response: ServerResponse, how: Misbehaviour): void => {
  if (how === "hangs up") response.destroy();
  else if (how === "never ends") {
    const chunk = Buffer.alloc(16_384, " ");
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.writeHead(200, { "content-type": "application/json" }).on("drain", pour);
    pour();
  } else if (how !== "never answers") json(response, how.status, how.body ?? {}, how.headers);
};

/** @param name with a port exactly when it is found by that. */
export const testHomeserver = async (
  network: TestNetwork,
  name: string,
  foundBy: FoundBy = "well-known",
): Promise<TestHomeserver> => {
  const received: Received[] = [];
  const bindings: Record<string, unknown>[] = [];
  const tokens = new Map<string, string>();
  let keys = 0;
  const newKey = (): SigningKey => {
    keys += 1;
    return signingKeyOf(`ed25519:${keys}`, systemRandom.bytes(32));
  };

  const publishedKeys = () =>
    signJson(
      {
        server_name: name,
        verify_keys: { [state.signingKey.keyId]: { key: state.signingKey.publicKey } },
        old_verify_keys: {},
        valid_until_ts: Date.now() + 24 * hourMs,
      },
      name,
      state.signingKey,
    );

  const userinfo = (response: ServerResponse, token: string): void => {
    const sub = tokens.get(token);
    if (sub === undefined) json(response, 401, { errcode: "M_UNKNOWN_TOKEN", error: "Unknown token" });
    else json(response, 200, { sub });
  };

  const answer = (request: Received, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.target, "https://host");
    const operation = `${request.method} ${pathname}`;
    if (operation === "GET /.well-known/matrix/server" && settled.delegated !== undefined) {
      json(response, 200, { "m.server": settled.delegated });
    } else if (/^GET \/_matrix\/key\/v2\/server(?:\/.*)?$/.test(operation)) {
      json(response, 200, publishedKeys());
    } else if (operation === "GET /_matrix/federation/v1/openid/userinfo") {
      userinfo(response, searchParams.get("access_token") ?? "");
    } else if (/^(?:POST|PUT) \/_matrix\/federation\/v1\/3pid\/onbind$/.test(operation)) {
      bindings.push(JSON.parse(request.body));
      json(response, 200, {});
    } else json(response, 404, unknown);
  };

  const respond = (message: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const { method = "", url: target = "", headers } = message;
      const request = { method, target, host: headers.host ?? "", body: Buffer.concat(chunks).toString("utf8") };
      received.push(request);
      const instead = state.intercept?.(request);
      if (instead === undefined) answer(request, response);
      else misbehave(response, instead);
    });
  };

  const state: { signingKey: SigningKey; intercept: TestHomeserver["intercept"] } = {
    signingKey: newKey(),
    intercept: undefined,
  };
  const settled = await settle(network, name, foundBy, respond);

  return {
    name,
    address: settled.address,
    received,
    bindings,
    get signingKey() {
      return state.signingKey;
    },
    rotateKey: () => {
      state.signingKey = newKey();
      return state.signingKey;
    },
    openidToken: (mxid) => {
      const token = newSecret(systemRandom);
      tokens.set(token, mxid);
      return { access_token: token, token_type: "Bearer", matrix_server_name: name, expires_in: 3600 };
    },
    authorize: (request, destination, field) => signRequest(request, name, destination, state.signingKey, field),
    get intercept() {
      return state.intercept;
    },
    set intercept(intercept) {
      state.intercept = intercept;
    },
  };
};

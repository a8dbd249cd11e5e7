/** A server that answers what a test wrote down, in order; each answer is used once. */

import { createClientServerV3Client } from "../../../generated/client-server-v3/index.js";
import { createIdentityClient } from "../../../generated/identity/index.js";

export interface Line {
  /** Method and path: `POST /register`, below whatever prefix. */
  readonly to: string;
  readonly status?: number;
  readonly answer?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Happens before the answer. */
  readonly meanwhile?: () => void;
}

export interface Sent {
  readonly to: string;
  readonly body: unknown;
  readonly authorization: string | null;
}

const prefixes = /^\/_matrix\/(?:client\/v3|identity\/v2)/;

export const scripted = (...lines: readonly Line[]) => {
  const left = [...lines];
  const sent: Sent[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const text = await request.text();
    const to = `${request.method} ${new URL(request.url).pathname.replace(prefixes, "")}`;
    sent.push({
      to,
      body: text === "" ? undefined : JSON.parse(text),
      authorization: request.headers.get("authorization"),
    });
    const line = left.shift();
    if (line?.to !== to) throw new Error(`${to} was asked, and not ${line?.to ?? "anything"}`);
    line.meanwhile?.();
    const { status = 200, answer = {}, headers = {} } = line;
    return Response.json(answer, { status, headers });
  };
  const common = { accessToken: "token", fetch, retries: 0 };
  return {
    homeserver: createClientServerV3Client({ baseUrl: "https://hs.example", ...common }),
    identity: createIdentityClient({ baseUrl: "https://is.example", ...common }),
    fetch,
    sent,
    /** Lines that nobody asked for. */
    left,
  };
};

/** A 401 that asks for stages. */
export const challenge = (flows: readonly (readonly string[])[], more: Readonly<Record<string, unknown>> = {}) => ({
  status: 401,
  answer: { session: "s1", flows: flows.map((stages) => ({ stages })), ...more },
});

export const refused = (status: number, errcode: string, more: Readonly<Record<string, unknown>> = {}) => ({
  status,
  answer: { errcode, error: `${errcode} in words`, ...more },
});

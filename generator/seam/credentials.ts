/** The access token of a call, where the service expects it. */

import type { AccessToken, CallerService, CallOptions, ClientOptions } from "./client-options.js";
import type { Operation, SecurityScheme } from "./contract.js";
import type { Written } from "./outgoing.js";

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

const noCredentials: Credentials = { headers: {}, query: "" };

export const credentialsFor = async (
  service: CallerService,
  operation: Operation,
  options: ClientOptions,
  call: CallOptions,
): Promise<Credentials> => {
  const accessToken = operation.auth === "none" ? undefined : (call.accessToken ?? options.accessToken);
  const token = await resolved(accessToken);
  if (token === undefined) return noCredentials;
  const scheme = options.accessTokenIn === "scheme" ? firstScheme(service, operation) : undefined;
  if (scheme?.type === "apiKey" && scheme.in === "query")
    return { headers: {}, query: `${encodeURIComponent(scheme.name)}=${encodeURIComponent(token)}` };
  // What the platform throws about a header that cannot be sent repeats the header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError(`${operation.id} cannot send this access token in a header`);
  if (scheme?.type !== "apiKey") return { headers: { authorization: `Bearer ${token}` }, query: "" };
  if (scheme.in === "cookie") return { headers: { cookie: `${scheme.name}=${token}` }, query: "" };
  const bearer = scheme.name.toLowerCase() === "authorization" ? `Bearer ${token}` : token;
  return { headers: { [scheme.name.toLowerCase()]: bearer }, query: "" };
};

const resolved = async (accessToken: AccessToken | undefined): Promise<string | undefined> =>
  typeof accessToken === "function" ? await accessToken() : accessToken;

const firstScheme = (service: CallerService, operation: Operation): SecurityScheme | undefined => {
  const name = operation.security.flat()[0];
  return name === undefined ? undefined : service.securitySchemes[name];
};

export const withCredentials = (written: Written, { headers, query }: Credentials): Written => {
  const joined = query === "" ? "" : `${written.target.includes("?") ? "&" : "?"}${query}`;
  return { target: written.target + joined, headers: { ...written.headers, ...headers }, body: written.body };
};

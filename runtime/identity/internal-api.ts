/**
 * Binding and unbinding at the word of the operator's own homeserver, which has seen the proof itself. The paths and
 * bodies are those of the API that operators of older identity servers have; it is no part of the protocol.
 */

import type { Associations } from "../ports/associations.js";
import { invalidParam, missingParams, protocolError } from "../protocol/errors.js";
import { parseServerName } from "../protocol/identifiers.js";
import { canonicalThreepid, isMedium, parseEmail, type Threepid } from "../protocol/threepid.js";
import { tokenHash } from "../protocol/tokens.js";
import { requireAllowed } from "./allowed-homeservers.js";
import type { BoundBody } from "./binding.js";
import type { IdentitySettings } from "./settings.js";
import { requireUserId } from "./user-id.js";

export interface InternalRequest {
  readonly method: string;
  /** Without a query. */
  readonly path: string;
  /** The name by which this port was reached. */
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  /** As it came. */
  readonly body: string;
}

export interface InternalApiPorts {
  readonly associations: Pick<Associations, "unbind">;
  readonly bind: (threepid: Threepid, mxid: string) => Promise<BoundBody>;
}

/** Answers the body of status 200. Throws a ProtocolError otherwise. */
export type InternalApi = (request: InternalRequest) => Promise<object>;

const prefix = "/_matrix/identity/internal/";

const fieldsOf = (text: string): Readonly<Record<"medium" | "address" | "mxid", string>> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw protocolError("M_NOT_JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw protocolError("M_BAD_JSON");
  const given = new Map<string, unknown>(Object.entries(value));
  const missing = ["medium", "address", "mxid"].filter((name) => !given.has(name));
  if (missing.length > 0) throw missingParams(missing);
  const field = (name: string): string => {
    const text = given.get(name);
    if (typeof text !== "string") throw invalidParam(name, "must be text");
    return text;
  };
  return { medium: field("medium"), address: field("address"), mxid: field("mxid") };
};

/** What is bound must be able to exist: nobody proves it here. */
const boundThreepid = ({ medium, address }: Threepid): Threepid => {
  if (medium === "email") return { medium, address: parseEmail(address).address };
  if (!/^[1-9]\d{4,14}$/.test(address)) throw protocolError("M_INVALID_ADDRESS");
  return { medium, address };
};

/** Whether a name needs no asking for: what does may lead anywhere, and a page of that name counts as our own. */
const isThisMachine = (host: string): boolean => {
  const name = parseServerName(host);
  return name !== undefined && (name.kind !== "dns" || name.host.toLowerCase() === "localhost");
};

export const internalApi = (
  { associations, bind }: InternalApiPorts,
  settings: Pick<IdentitySettings, "allowedHomeservers">,
  secret: string | undefined,
): InternalApi => {
  // Hashes are compared: how long that takes tells nothing of the secret.
  const wanted = secret === undefined ? undefined : tokenHash(secret);

  const operations: Readonly<Record<string, (threepid: Threepid, mxid: string) => Promise<object>>> = {
    bind: async (threepid, mxid) => {
      requireAllowed(settings, requireUserId("mxid", mxid).serverName);
      return bind(boundThreepid(threepid), mxid);
    },
    unbind: async (threepid, mxid) => {
      requireUserId("mxid", mxid);
      await associations.unbind(threepid, mxid);
      return {};
    },
  };

  return async ({ method, path, host = "", authorization = "", contentType = "", body }) => {
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : "";
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined) throw protocolError("M_UNRECOGNIZED");
    if (method !== "POST") throw protocolError("M_UNRECOGNIZED", { status: 405, headers: { allow: "POST" } });
    const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (wanted !== undefined && (given === undefined || tokenHash(given) !== wanted)) {
      throw protocolError("M_UNAUTHORIZED", { error: "This needs the secret of identity.internal." });
    }
    // A page whose name leads to this machine for once can send anything here.
    if (wanted === undefined && !isThisMachine(host)) {
      throw protocolError("M_FORBIDDEN", { error: "Without a secret this is reached as localhost or by address." });
    }
    // A page in a browser on this machine can send other types anywhere without asking first.
    if (!/^application\/json\b/i.test(contentType)) {
      throw protocolError("M_UNRECOGNIZED", { status: 415, error: "The body must be application/json." });
    }
    const { medium, address, mxid } = fieldsOf(body);
    if (!isMedium(medium)) throw invalidParam("medium", "must be email or msisdn");
    return operation(canonicalThreepid(medium, address), mxid);
  };
};

import type { HomeserverKeys } from "../../ports/homeserver-keys.js";
import type { JsonValue } from "../../protocol/canonical-json.js";
import { protocolError } from "../../protocol/errors.js";
import { verifyRequest } from "../../protocol/x-matrix.js";
import type { FederationContext } from "./context.js";

/** The name of the server that signed the request for us, its body included. Throws M_UNAUTHORIZED. */
export type RequestOrigin = (context: FederationContext, content: JsonValue | undefined) => Promise<string>;

export const requestOrigin =
  (homeserverKeys: HomeserverKeys, serverName: string): RequestOrigin =>
  async (context, content) => {
    const { method, target, signal } = context;
    const header = context.header("authorization");
    if (header === undefined) throw protocolError("M_UNAUTHORIZED", { error: "This request has to be signed." });
    const findKey = (server: string, keyId: string) => homeserverKeys.publicKey(server, keyId, signal);
    const verdict = await verifyRequest(header, { method, uri: target, content }, serverName, findKey);
    if (verdict.verified) return verdict.origin;
    throw protocolError("M_UNAUTHORIZED", { error: `The signature does not count: ${verdict.reason}.` });
  };

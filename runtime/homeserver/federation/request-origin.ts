import type { HomeserverKeys } from "../../ports/homeserver-keys.js";
import type { JsonValue } from "../../protocol/canonical-json.js";
import { type ProtocolError, protocolError } from "../../protocol/errors.js";
import { parseXMatrix, verifyRequest } from "../../protocol/x-matrix.js";
import type { Origin } from "../domain/origin.js";
import type { FederationContext } from "./context.js";

/** Whom the request says it is from. Throws M_UNAUTHORIZED where it says nothing. */
export type RequestOrigin = (context: FederationContext, content: JsonValue | undefined) => Origin;

const unsigned = (reason: string): ProtocolError =>
  protocolError("M_UNAUTHORIZED", { error: `The signature does not count: ${reason}.` });

export const requestOrigin =
  (homeserverKeys: HomeserverKeys, serverName: string): RequestOrigin =>
  (context, content) => {
    const { method, target } = context;
    const header = context.header("authorization");
    if (header === undefined) throw protocolError("M_UNAUTHORIZED", { error: "This request has to be signed." });
    const given = parseXMatrix(header);
    if (given === undefined) throw unsigned("malformed");
    return {
      name: given.origin,
      async verify() {
        const findKey = (server: string, keyId: string) => homeserverKeys.publicKey(server, keyId);
        const verdict = await verifyRequest(header, { method, uri: target, content }, serverName, findKey);
        if (!verdict.verified) throw unsigned(verdict.reason);
      },
    };
  };

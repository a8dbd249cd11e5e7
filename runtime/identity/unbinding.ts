/**
 * Dissolving an association, on the word of whoever owns the threepid or of the homeserver whose user has it.
 * Identity Service API, "Establishing associations": `3pid/unbind`. An access token proves neither.
 */

import type { JsonValue } from "../protocol/canonical-json.js";
import { invalidParam, missingParams, protocolError } from "../protocol/errors.js";
import { canonicalThreepid, isMedium, type Threepid } from "../protocol/threepid.js";
import { parseXMatrix, verifyRequest } from "../protocol/x-matrix.js";
import { limitTo } from "../validation/dispatch.js";
import { requireAllowed } from "./allowed-homeservers.js";
import type { Given, IdentityContext, Section } from "./context.js";
import type { IdentityPorts } from "./ports.js";
import type { IdentitySettings } from "./settings.js";
import { requireUserId } from "./user-id.js";

interface Session {
  readonly sid: string;
  readonly clientSecret: string;
}

/** The session named in the body, if one is. Half a session is a mistake, and no reason to look for a signature. */
const sessionOf = (sid: string | undefined, clientSecret: string | undefined): Session | undefined => {
  if (sid !== undefined && clientSecret !== undefined) return { sid, clientSecret };
  if (sid !== undefined) throw missingParams(["client_secret"]);
  if (clientSecret !== undefined) throw missingParams(["sid"]);
  return undefined;
};

const threepidOf = ({ medium, address }: { readonly medium: string; readonly address: string }): Threepid => {
  if (!isMedium(medium)) throw invalidParam("medium", "must be email or msisdn");
  return canonicalThreepid(medium, address);
};

export const unbinding = (
  { storage, validation, homeserverKeys, limiter }: IdentityPorts,
  settings: Pick<IdentitySettings, "serverName" | "allowedHomeservers">,
): Section<"unbind" | "unbindV2"> => {
  const { serverName } = settings;

  const requireSessionOf = async ({ medium, address }: Threepid, { sid, clientSecret }: Session): Promise<void> => {
    const proven = await validation.validated(sid, clientSecret);
    if (proven.medium !== medium || proven.address !== address) {
      throw protocolError("M_FORBIDDEN", { error: "This session is for another address." });
    }
  };

  const requireSignatureOf = async (
    homeserver: string,
    content: JsonValue,
    context: IdentityContext,
  ): Promise<void> => {
    const header = context.header("authorization") ?? "";
    // Before any key is fetched: strangers may not choose which server we ask.
    if (parseXMatrix(header)?.origin !== homeserver) {
      throw protocolError("M_FORBIDDEN", { error: "Neither a session nor the user's homeserver vouches for this." });
    }
    const { method, target } = context;
    const findKey = (server: string, keyId: string) => homeserverKeys.publicKey(server, keyId);
    const verdict = await verifyRequest(header, { method, uri: target, content }, serverName, findKey);
    if (!verdict.verified) {
      throw protocolError("M_FORBIDDEN", { error: `The homeserver's signature does not count: ${verdict.reason}.` });
    }
  };

  const unbind = async ({ body }: Given<"unbind", "body">, context: IdentityContext) => {
    const { mxid } = body;
    const homeserver = requireUserId("mxid", mxid).serverName;
    requireAllowed(settings, homeserver);
    const threepid = threepidOf(body.threepid);
    const session = sessionOf(body.sid, body.client_secret);
    await limitTo(limiter, "bind.ip", context.clientIp);
    if (session !== undefined) await requireSessionOf(threepid, session);
    else await requireSignatureOf(homeserver, { ...body }, context);
    await storage.associations.unbind(threepid, mxid);
    return { status: 200, body: {} } as const;
  };

  return { unbind, unbindV2: unbind };
};

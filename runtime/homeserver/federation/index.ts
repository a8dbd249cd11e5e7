/** Every operation that other servers call, section by section. */

import { unimplemented } from "../../../generated/server-server/index.js";
import type { HomeserverCommands } from "../commands.js";
import type { HomeserverPorts } from "../ports.js";
import type { HomeserverSettings } from "../settings.js";
import type { FederationHandlers } from "./context.js";
import { keyQuery } from "./key-query.js";
import { keys } from "./keys.js";
import { openId } from "./openid.js";
import { requestOrigin } from "./request-origin.js";
import { thirdPartyInvites } from "./third-party-invites.js";
import { wellKnown } from "./well-known.js";

export const federationHandlers = (
  commands: HomeserverCommands,
  { homeserverKeys }: Pick<HomeserverPorts, "homeserverKeys">,
  settings: Pick<HomeserverSettings, "serverName" | "wellKnown">,
): FederationHandlers => ({
  ...unimplemented,
  ...openId(commands.openIdTokens),
  ...keys(commands.publishedKeys),
  ...keyQuery(commands.notary),
  ...wellKnown(settings.wellKnown),
  ...(commands.invites && thirdPartyInvites(commands.invites, requestOrigin(homeserverKeys, settings.serverName))),
});
